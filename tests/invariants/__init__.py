"""Planted violations: each invariant is broken in one place, and that is what is found."""
