"""Orders: what is sold, how much of it there is, and what was agreed with whom."""
