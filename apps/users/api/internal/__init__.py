"""What users answers to other services."""
