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
from functools import lru_cache
from typing import Any

from chassis import context, logs, metrics, spans, traces, traffic

_ID = re.compile(r"/(?:[a-z]{3}_[0-9A-Za-z%_.-]+|[0-9a-f-]{32,36}|[0-9]+)(?=/|$)")
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
# One for every address at which there is nothing, and for files.
UNKNOWN = "unknown"
PROBES = ("/livez", "/readyz", "/metrics")


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

    `calls_to` is how many calls were made to each neighbour to answer it.
    """

    method: str
    service: str = ""
    route: str = UNKNOWN
    status: int = 500
    seconds: float = 0.0
    calls_to: dict[str, int] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """All of them."""
        return sum(self.calls_to.values())


_request: ContextVar[SeenRequest | None] = ContextVar("seen_request", default=None)


@contextmanager
def call(caller: str, neighbour: str, method: str, path: str, transport: str) -> Iterator[SeenCall]:
    """See a call, from before its first try to its outcome."""
    seen = SeenCall(caller, neighbour, method, route_of(path), transport)
    span, started = traces.begin("client", context.current().trace), time.perf_counter()
    with context.entered(context.within(span.trace)):
        try:
            yield seen
        except Exception as exc:
            seen.outcome = str(getattr(exc, "outcome", "crashed"))
            raise
        finally:
            seen.seconds = time.perf_counter() - started
            _count(seen)
            logs.call_ended(seen, path)
            if span.is_recorded:
                spans.end_call(span, seen)


@contextmanager
def request(asked: Any) -> Iterator[SeenRequest]:
    """See a request, a Django one, until it is answered; whoever answers says the `status`.

    Those that only ask how a process is are not counted: they would say that everything is quick.
    """
    seen = SeenRequest(str(asked.method))
    is_probe = asked.path.endswith(PROBES)
    span = traces.begin("server", context.current().trace, recorded=not is_probe)
    started = time.perf_counter()
    token = _request.set(seen)
    with context.entered(context.within(span.trace)):
        try:
            yield seen
        finally:
            _request.reset(token)
            seen.seconds = time.perf_counter() - started
            _find_route(seen, asked.resolver_match)
            if not is_probe:
                metrics.request_ended(seen)
                traffic.request_ended(seen)
            logs.request_ended(seen, asked.path, is_news=not is_probe)
            if span.is_recorded:
                spans.end_request(span, seen, asked)


def route_of(path: str) -> str:
    """A path without its query, and with `{id}` in the place of each id: few enough to be counted one by one."""
    return _ID.sub("/{id}", path.partition("?")[0])


def retried(caller: str, neighbour: str, *, allowed: bool) -> None:
    """A call is tried once more, or would be if the budget allowed it."""
    metrics.retried(caller, neighbour, allowed=allowed)


def breaker_changed(caller: str, neighbour: str, state: str) -> None:
    """A circuit breaker is now `closed`, `open` or `half_open`."""
    metrics.breaker_changed(caller, neighbour, state)


def read_cached(caller: str, neighbour: str, result: str) -> None:
    """A cached read was a `hit`, a `miss`, `revalidated`, `joined` to somebody else's question, or `stale`."""
    metrics.read_cached(caller, neighbour, result)


def _count(seen: SeenCall) -> None:
    within = _request.get()
    # Keys are asked for now and then, by whichever request needs them first.
    if within and not seen.route.startswith("/services/"):
        within.calls_to[seen.neighbour] = within.calls_to.get(seen.neighbour, 0) + 1
    metrics.call_ended(seen)
    traffic.call_ended(seen)


def _find_route(seen: SeenRequest, match: Any) -> None:
    """Where nothing is, the process answers by a route without a name."""
    if match and match.url_name:
        seen.service, seen.route = (match.namespaces or [""])[0], _template(match.route)


@lru_cache(maxsize=1000)
def _template(route: str) -> str:
    """Django's `v1/orders/<str:id>` as `/v1/orders/{id}`; of a pattern, what comes before all that varies."""
    plain = route.removeprefix("^").partition("(")[0]
    return "/" + _VARIABLE.sub(r"{\1}", plain)
