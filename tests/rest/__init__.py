"""What holds for the REST surface as a whole, for all three services alike."""
