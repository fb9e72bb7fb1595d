"""Payments: what is owed for an order, who collects it, and what was given back."""
