"""One table decides who may do what, whichever processes the services are in."""
