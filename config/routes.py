"""Which service answers which address: the one table behind the gateway, the home page and the route check.

`/v1` stands for every version, and for the bare path without one.
"""

import re
from datetime import UTC, datetime

from chassis.deprecation import Deprecation

ROUTES: dict[str, tuple[str, ...]] = {
    "users": (
        *("/v1/users", "/v1/tokens", "/v1/clients", "/v1/roles"),
        *("/oauth", "/.well-known", "/admin", "/static/admin", "/session"),
    ),
    "orders": ("/v1/products", "/v1/quotes", "/v1/orders"),
    "payments": (
        *("/v1/payments", "/v1/refunds", "/v1/providers", "/v1/provider-events"),
        *("/v1/webhooks/stripe", "/v1/webhooks/sandbox", "/v1/sandbox"),
    ),
}

# Oldest first; each service moves on its own.
VERSIONS: dict[str, tuple[str, ...]] = {"users": ("v1",), "orders": ("v1", "v2"), "payments": ("v1",)}
DEPRECATED = {
    ("orders", "v1"): Deprecation(
        since=datetime(2026, 11, 23, tzinfo=UTC), sunset=datetime(2027, 11, 30, tzinfo=UTC), successor="v2"
    ),
}

# Where there is nothing to look at: commands, what other programs speak, and what is not one page.
NO_LISTS = {
    "/v1/tokens",
    "/v1/quotes",
    "/oauth",
    "/admin",
    "/static/admin",
    "/.well-known",
    "/v1/sandbox",
    "/v1/webhooks/stripe",
    "/v1/webhooks/sandbox",
}
OWN = ("/v1/services/{service}", "/services/{service}", "/openapi/{service}")
INTERNAL = "/internal/{service}/v1"


def public_patterns(service: str) -> list[str]:
    """Regular expressions (RE2 and Python alike) of every public path of a service."""
    prefixes = [*ROUTES[service], *(prefix.format(service=service) for prefix in OWN)]
    return [_pattern(prefix) for prefix in prefixes]


def owner(path: str) -> str:
    """The service that answers `path`, internal paths included; empty for what any process answers."""
    for service in ROUTES:
        if any(
            re.match(pattern, path)
            for pattern in [*public_patterns(service), _pattern(INTERNAL.format(service=service))]
        ):
            return service
    return ""


def _pattern(prefix: str) -> str:
    versioned = prefix.startswith("/v1/")
    literal = re.escape(prefix.removeprefix("/v1") if versioned else prefix)
    return ("^(/v[0-9]+)?" if versioned else "^") + literal + "(/.*|[.].*)?$"
