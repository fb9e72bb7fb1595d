"""How the services run when they are apart."""
