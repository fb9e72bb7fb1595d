"""Which service may call which, and for what: the map of what is observed is compared with it."""

from chassis.topology import SERVICES

USERS, ORDERS, PAYMENTS = SERVICES
KEYS = "POST /internal/users/v1/api-keys/introspections"

# What the clients in `clients/` ask for, by who asks whom.
ASKED: dict[tuple[str, str], tuple[str, ...]] = {
    (ORDERS, USERS): ("GET /internal/users/v1/users/{id}", KEYS),
    (PAYMENTS, USERS): (KEYS,),
    (USERS, ORDERS): (
        "GET /internal/orders/v1/subjects/{id}",
        "GET /internal/orders/v1/subjects/{id}/erasure",
        "POST /internal/orders/v1/subjects/{id}/erasure",
    ),
    (USERS, PAYMENTS): (
        "GET /internal/payments/v1/subjects/{id}",
        "POST /internal/payments/v1/subjects/{id}/erasure",
    ),
    (ORDERS, PAYMENTS): (
        "POST /v1/payments",
        "GET /v1/payments/{id}",
        "POST /v1/payments/{id}/capture",
        "POST /v1/payments/{id}/cancel",
        "POST /v1/payments/{id}/sync",
        "GET /v1/payments/{id}/refunds",
        "POST /v1/payments/{id}/refunds",
    ),
}
# Who announces something to whom.
ANNOUNCED: dict[str, tuple[str, ...]] = {USERS: (ORDERS, PAYMENTS), ORDERS: (PAYMENTS,), PAYMENTS: (ORDERS,)}
ANNOUNCEMENTS = "POST /internal/{service}/v1/announcements"
# What everybody may ask of everybody, so that all keep running. The map does not draw it.
UPKEEP = (
    "GET /services/{service}/jwks.json",
    "GET /services/{service}/readyz",
    "GET /internal/{service}/v1/observations",
    "GET /internal/{service}/v1/invariants",
    "GET /internal/{service}/v1/invariants/{kind}",
)


def declared(caller: str, neighbour: str) -> list[str]:
    """What one service may call at another for its work, as `GET /v1/payments/{id}`."""
    announced = [_at(neighbour, ANNOUNCEMENTS)] if neighbour in ANNOUNCED.get(caller, ()) else []
    return [*ASKED.get((caller, neighbour), ()), *announced]


def upkeep(neighbour: str) -> list[str]:
    """What anybody may call at a service besides."""
    return [_at(neighbour, call) for call in UPKEEP]


def _at(neighbour: str, call: str) -> str:
    return call.replace("{service}", neighbour)
