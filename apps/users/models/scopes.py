"""What scopes open, as people are told who are asked to allow it."""

from collections.abc import Iterable

from apps.users.models.people import User, scopes_of
from chassis.callers import OWN_READ, OWN_WRITE

# Everybody may let a program at what is their own.
OWN = {
    OWN_READ: "Read what is yours: your account, your orders, your payments",
    OWN_WRITE: "Act in your name: order, pay, cancel, change your profile",
}
# What a program may learn of who somebody is (OpenID Connect Core, section 5.4).
IDENTITY = {
    "openid": "Know that it is you",
    "profile": "Know your name",
    "email": "Know your e-mail address",
}
# What roles open.
STAFF = {
    "orders:read": "Read all orders",
    "orders:cancel": "Cancel any order",
    "orders:fulfil": "Record what is shipped",
    "payments:read": "Read all payments",
    "payments:write": "Collect, capture and cancel any payment",
    "refunds:create": "Give money back",
    "products:write": "Change products and their prices",
    "stock:read": "See the stock",
    "stock:write": "Change the stock",
    "pii:read": "Read what a law has kept of customers who were erased",
    "users:read": "Read all accounts",
    "users:write": "Invite people, close and open accounts",
    "users:admin": "Change what people and programs may do",
    "audit:read": "Read who did what",
    "announcements:admin": "Have services try again what they have to tell one another",
    "webhooks:admin": "Say which other systems are told what happens",
}
SCOPES = {**IDENTITY, **OWN, **STAFF}


def opened_by(user: User) -> frozenset[str]:
    """What somebody can let a program do for them, now."""
    return scopes_of(user.roles) | OWN.keys()


def grantable(user: User, wanted: Iterable[str]) -> list[str]:
    """Of what a program wants, what somebody can allow it, in that order."""
    possible = opened_by(user) | IDENTITY.keys()
    return [scope for scope in dict.fromkeys(wanted) if scope in possible]
