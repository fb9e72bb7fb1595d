"""What can be done next with an order, as the newer of the two shapes tells it."""

from collections.abc import Iterable

from benchmarks.peers.callers import ISSUER

COMMANDS = {"pay": "pay", "cancel": "cancel", "refund": "refunds"}


def links_of(id: str, actions: Iterable[str]) -> dict[str, dict[str, str]]:
    """Where the order is, what was sent and given back of it, what has happened to it, and what its state allows."""
    here = f"{ISSUER}/v2/orders/{id}"
    links = {"self": {"href": here, "method": "GET"}}
    for part in ("fulfillments", "refunds", "events"):
        links[part] = {"href": f"{here}/{part}", "method": "GET"}
    for action in actions:
        links[action] = {"href": f"{here}/{COMMANDS[action]}", "method": "POST"}
    return links
