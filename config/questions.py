"""What is asked, in order to know how each part of the product is. A question that is answered badly raises."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

from chassis.calls import Neighbour
from chassis.topology import SERVICES, topology

# Less than a survey waits, so that a neighbour's own failure is told rather than that of our patience.
CALL_SECONDS = 0.8

Question = Callable[[], int | None]


def questions() -> dict[str, Question]:
    """One for each service, by its name, and one for Valkey if there is one. A database answers how much is waiting."""
    asked: dict[str, Question] = {
        service: partial(_ask_database if topology().hosts(service) else _ask_neighbour, service)
        for service in SERVICES
    }
    return {**asked, "valkey": partial(_ask_valkey, _valkey())} if settings.VALKEY_URL else asked


def _ask_database(service: str) -> int:
    """Asks something of the service's own, so that a database without its tables is not called well."""
    try:
        waiting: int = apps.get_model(service, "Delivery").objects.waiting().count()
        return waiting
    finally:
        connections[service].close()


def _ask_neighbour(service: str) -> None:
    Neighbour(topology().hosted[0], service).get(f"/services/{service}/readyz", anonymous=True)


def _valkey() -> Any:
    """A client that asks once. It takes long to import, which nobody without a Valkey shall wait for."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    seconds = {"socket_timeout": CALL_SECONDS, "socket_connect_timeout": CALL_SECONDS}
    return Redis.from_url(settings.VALKEY_URL, retry=Retry(NoBackoff(), 0), **seconds)


def _ask_valkey(valkey: Any) -> None:
    with valkey:
        valkey.ping()
