"""What users does: one verb, one transaction, in the module of its noun."""

USERS = "users"
