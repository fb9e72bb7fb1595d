"""One service by itself, in this process: serves a few requests, then prints which modules of its neighbours it has.

`python -m tests.journeys.alone` with SERVICES and the addresses of the others in the environment.
"""

import json
import sys

import django
from django.core.management import call_command
from django.test import Client

PATHS = {
    "users": ("/v1/users/me", "/v1/roles", "/session", "/.well-known/jwks.json"),
    "orders": ("/v1/products", "/v1/orders", "/v1/orders/ord_x/pay"),
    "payments": ("/v1/payments", "/v1/providers", "/v1/refunds/ref_x"),
}
EVERYWHERE = (
    "/",
    "/readyz",
    "/docs",
    "/docs/users",
    "/docs/orders",
    "/docs/payments/redoc",
    "/problems",
    "/v1/nothing",
)


def main() -> None:
    django.setup()
    from chassis.topology import SERVICES, topology

    (alone,) = topology().hosted
    call_command("migrate", verbosity=0)
    call_command("check")
    client = Client(raise_request_exception=False, headers={"Host": "127.0.0.1"})
    own = (*PATHS[alone], f"/openapi/{alone}/v1.json", f"/services/{alone}/jwks.json", f"/services/{alone}/readyz")
    answered = {path: client.get(path, headers={"Accept": "*/*"}).status_code for path in (*own, *EVERYWHERE)}
    client.post(PATHS[alone][0], "{}", content_type="application/json")
    others = tuple(f"apps.{service}" for service in SERVICES if service != alone)
    foreign = [name for name in sys.modules if name.startswith(others)]
    print(json.dumps({"answered": answered, "foreign": foreign}))


if __name__ == "__main__":
    main()
