"""What orders does: one verb, one transaction, in the module of its noun."""

ORDERS = "orders"
