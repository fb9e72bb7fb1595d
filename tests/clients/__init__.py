"""What each client asks of its service, and what it makes of the answers."""
