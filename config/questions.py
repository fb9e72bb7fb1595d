"""What is asked, in order to know how each part of the product is. A question that is answered badly raises."""

from collections.abc import Iterable
from functools import partial
from http import HTTPStatus
from typing import Any

import requests
from django.conf import settings
from django.db import connections

from chassis.calls import Neighbour, Unavailable
from chassis.outbox import waiting
from chassis.sightings import SCOPE, Sighting, sighting
from chassis.tokens import service_token
from chassis.topology import SERVICES, topology
from config.distances import address_of, session
from config.lookouts import CALL_SHARE, PATIENCE_SECONDS, Question

# Who types a command does so once, and perhaps of a server that has just begun.
COMMAND_PATIENCE_SECONDS = 5.0
CALL_SECONDS = PATIENCE_SECONDS * CALL_SHARE
OBSERVATIONS = "/internal/{service}/v1/observations"


def questions() -> dict[str, Question]:
    """One for each service, by its name, and one for Valkey if there is one. A database answers how much is waiting."""
    asked: dict[str, Question] = {
        service: partial(_ask_database if topology().hosts(service) else _ask_neighbour, service)
        for service in SERVICES
    }
    return {**asked, "valkey": partial(_ask_valkey, _valkey())} if settings.VALKEY_URL else asked


def sightings(services: Iterable[str]) -> dict[str, Question]:
    """One for each of these services: what it has seen of its calls and requests."""
    return {service: partial(_look if topology().hosts(service) else _ask_what_it_saw, service) for service in services}


def ask_running_server(service: str) -> Sighting:
    """What a service has seen, asked over HTTP by whoever serves nothing; also of one that is hosted here."""
    token = service_token(topology().hosted[0], service, SCOPE)
    headers, timeout = {"Authorization": f"Bearer {token}"}, (CALL_SECONDS, COMMAND_PATIENCE_SECONDS * CALL_SHARE)
    url = address_of(service) + OBSERVATIONS.format(service=service)
    try:
        with session(service) as asking:
            answer = asking.get(url, headers=headers, timeout=timeout)
    except requests.RequestException as exc:
        raise Unavailable(service, type(exc).__name__) from exc
    if answer.status_code != HTTPStatus.OK:
        raise Unavailable(service, f"it answered {answer.status_code}")
    return Sighting.of_json(answer.json())


def _look(service: str) -> Sighting:
    try:
        return sighting(service)
    finally:
        connections[service].close()


def _ask_what_it_saw(service: str) -> Sighting:
    asking = Neighbour(topology().hosted[0], service, SCOPE)
    return Sighting.of_json(asking.get(OBSERVATIONS.format(service=service)).json)


def _ask_database(service: str) -> int:
    """Asks something of the service's own, so that a database without its tables is not called well."""
    try:
        count: int = waiting(service).count()
        return count
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
