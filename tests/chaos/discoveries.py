"""What the shop says can be chosen, read from its API document, so that the trade grows with it."""

from collections.abc import Iterator
from typing import Any

from demo.callers import Caller


def payment_methods(anyone: Caller) -> list[str]:
    """Every way to pay at the sandbox."""
    document = anyone.get("/openapi/payments/v1.json")
    return sorted({method for method in _choices(document) if method.startswith("sbx_")})


def _choices(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (choice for choice in node.get("enum", []) if isinstance(choice, str))
        for value in node.values():
            yield from _choices(value)
    elif isinstance(node, list):
        for value in node:
            yield from _choices(value)
