"""How far away a service would be in a process of its own, as measured from here."""

import time
from math import inf
from statistics import median

import requests

from chassis.calls import Unavailable
from chassis.topology import SERVICES, topology
from chassis.transports import Http

ROUND_TRIPS = 21
PATIENCE = (1.0, 2.0)
KEPT_SECONDS = 60.0


def session(service: str) -> requests.Session:
    """Kept connections to a service or to the gateway, with this process's certificate and without any proxy."""
    asking = requests.Session()
    asking.trust_env = False
    for scheme in ("http://", "https://"):
        asking.mount(scheme, Http(service))
    return asking


def address_of(service: str) -> str:
    """Where a service can be asked over HTTP, also one that this process hosts."""
    return topology().urls.get(service) or topology().public_url


def remote_milliseconds() -> float:
    """What one call costs over HTTP: the median of asking `/livez` again and again over one connection.

    Measured once a minute, at a neighbour's own address where there is one. Raises OSError or CallFailed where nobody
    answers.
    """
    address = next(filter(None, topology().urls.values()), topology().public_url)
    measured_at, milliseconds = _measured.get(address, (-inf, 0.0))
    if time.monotonic() - measured_at > KEPT_SECONDS:
        milliseconds = _measure(address)
        _measured[address] = time.monotonic(), milliseconds
    return milliseconds


_measured: dict[str, tuple[float, float]] = {}


def _measure(address: str) -> float:
    service = next((name for name in SERVICES if address_of(name) == address), topology().hosted[0])
    with session(service) as asking:
        taken = [_round_trip(asking, service, f"{address}/livez") for _ in range(ROUND_TRIPS)]
    return round(median(taken), 3)


def _round_trip(asking: requests.Session, service: str, url: str) -> float:
    started = time.perf_counter()
    answer = asking.get(url, timeout=PATIENCE)
    if answer.status_code != 200:
        raise Unavailable(service, f"{url} answered {answer.status_code}")
    return (time.perf_counter() - started) * 1000
