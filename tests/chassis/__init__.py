"""What the ground that all services stand on promises, one module of tests for each of its modules."""
