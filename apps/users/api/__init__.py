"""How users is reached."""
