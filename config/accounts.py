"""The accounts that a first look begins with: `manage.py serve` makes them, the home page shows them in development."""

from typing import NamedTuple


class Account(NamedTuple):
    email: str
    password: str
    role: str


ADMIN = Account("admin@example.com", "tearline-admin-demo", "admin")
CUSTOMER = Account("customer@example.com", "tearline-customer-demo", "customer")
DEMO_ACCOUNTS = (ADMIN, CUSTOMER)
