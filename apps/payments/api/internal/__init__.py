"""For the other services only."""
