"""Outside graders of the API and of its descriptions: `make check-api`.

spectral lints every committed document; schemathesis asks a running shop on PostgreSQL what the documents allow, and
what they do not. Which of their rules are off, and why, stands in spectral.yaml and schemathesis.toml.
"""
