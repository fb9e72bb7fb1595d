"""Routes that exist only while topologies are compared: they look at a call from both of its ends."""
