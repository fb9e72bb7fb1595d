"""Somebody who may do everything, and something to do it with."""

from chassis.callers import Caller

SCOPES = """orders:read orders:cancel orders:fulfil payments:read payments:write users:read users:write users:admin
stock:read stock:write products:write refunds:create audit:read webhooks:admin pii:read
announcements:admin"""
CUP = {"sku": "CUP", "name": "Cup", "prices": [{"currency": "GBP", "amount": 500}]}


def as_person(api, scopes=SCOPES):
    """The client, used from now on by a person with these scopes."""
    caller = Caller(id="usr_x", kind="user", scopes=frozenset(scopes.split()), email="admin@example.com")
    api.force_authenticate(user=caller)
    return api
