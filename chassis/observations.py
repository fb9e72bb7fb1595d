"""What is seen of every request and every call while it happens: metrics, traces, logs and the service map live of it.

A request is seen where it is answered, whichever transport brought it; a call where it is made. So both are seen the
same in every topology.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from chassis import metrics, traffic

_ID = re.compile(r"/(?:[a-z]{3}_[0-9A-Za-z%_.-]+|[0-9a-f-]{32,36}|[0-9]+)(?=/|$)")


@dataclass(slots=True)
class SeenCall:
    """One call, however often it is tried. `route` is its path without ids; `outcome` is a status, or what went wrong.

    What can go wrong: `unavailable`, `timed_out`, `broken_contract`; and, without asking, `open_circuit`, `no_room`.
    """

    caller: str
    neighbour: str
    method: str
    route: str
    transport: str
    tries: int = 0
    outcome: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class SeenRequest:
    """One request. `service` is empty for what the process answers.

    `calls` is how many were made to answer it, `calls_to` how many to each neighbour.
    """

    method: str
    service: str = ""
    route: str = ""
    status: int = 500
    seconds: float = 0.0
    calls: int = 0
    calls_to: dict[str, int] = field(default_factory=dict)


_request: ContextVar[SeenRequest | None] = ContextVar("seen_request", default=None)


@contextmanager
def call(caller: str, neighbour: str, method: str, path: str, transport: str) -> Iterator[SeenCall]:
    """See a call, from before its first try to its outcome."""
    seen = SeenCall(caller, neighbour, method, route_of(path), transport)
    started = time.perf_counter()
    try:
        yield seen
    except Exception as exc:
        seen.outcome = str(getattr(exc, "outcome", "crashed"))
        raise
    finally:
        seen.seconds = time.perf_counter() - started
        _count(seen)


@contextmanager
def request(asked: Any) -> Iterator[SeenRequest]:
    """See a request, a Django one, until it is answered; whoever answers says the `status`."""
    seen = SeenRequest(str(asked.method))
    token, started = _request.set(seen), time.perf_counter()
    try:
        yield seen
    finally:
        _request.reset(token)
        seen.seconds = time.perf_counter() - started
        match = asked.resolver_match
        if match:
            seen.service, seen.route = (match.namespaces or [""])[0], match.route
        metrics.request_ended(seen)
        traffic.request_ended(seen)


def route_of(path: str) -> str:
    """A path without its query, and with `{id}` in the place of each id: few enough to be counted one by one."""
    return _ID.sub("/{id}", path.partition("?")[0])


def retried(caller: str, neighbour: str, *, allowed: bool) -> None:
    """A call is tried once more, or would be if the budget allowed it."""


def breaker_changed(caller: str, neighbour: str, state: str) -> None:
    """A circuit breaker is now `closed`, `open` or `half_open`."""


def read_cached(caller: str, neighbour: str, result: str) -> None:
    """A cached read was a `hit`, a `miss`, `revalidated`, `joined` to somebody else's question, or `stale`."""


def _count(seen: SeenCall) -> None:
    within = _request.get()
    # Keys are asked for now and then, by whichever request needs them first.
    if within and not seen.route.startswith("/services/"):
        within.calls += 1
        within.calls_to[seen.neighbour] = within.calls_to.get(seen.neighbour, 0) + 1
    metrics.call_ended(seen)
    traffic.call_ended(seen)
