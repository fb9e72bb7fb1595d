"""Killing every process of the product at every point, and seeing that nothing is lost."""
