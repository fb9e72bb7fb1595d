"""The HTTP side of payments."""
