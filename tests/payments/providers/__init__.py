"""What must hold whoever collects the money: the same tests for every provider."""
