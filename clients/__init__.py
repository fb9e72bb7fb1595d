"""Each service as its callers see it: what to ask of it, and what it answers. Knows no app."""
