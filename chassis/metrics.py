"""What is counted while it happens, for Prometheus. What can only be looked up is in readings.py.

Every label has few values: routes are templates, methods those of HTTP, and beyond so many routes all are one.
"""

from functools import lru_cache
from typing import Any

from django.conf import settings
from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from chassis.breakers import State
from chassis.tallies import METHODS

# When each began to be counted would be as many numbers again, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

RESULTS = ("hit", "miss", "revalidated", "joined", "stale")
MOST_ROUTES = 200
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_NEIGHBOUR = ("caller", "neighbour")
_CALL = (*_NEIGHBOUR, "method", "route", "transport")

_requests = Counter("tearline_requests", "Requests answered", ("service", "method", "route", "status"))
_request_seconds = Histogram(
    "tearline_request_duration_seconds", "How long they took", ("service", "method", "route"), buckets=SECONDS
)
_calls = Counter("tearline_calls", "Calls made, however often tried", (*_CALL, "outcome"))
_call_seconds = Histogram("tearline_call_duration_seconds", "How long they took", _CALL, buckets=SECONDS)
_tries = Counter("tearline_call_tries", "Tries of calls, the first of each included", _NEIGHBOUR)
_retries = Counter("tearline_call_retries", "Tries after the first", _NEIGHBOUR)
_retries_refused = Counter("tearline_call_retries_refused", "Tries that the retry budget did not allow", _NEIGHBOUR)
_breaker_changes = Counter("tearline_breaker_changes", "Changes of circuit breakers to a state", (*_NEIGHBOUR, "state"))
_cached_reads = Counter("tearline_cached_reads", "Reads of what is cached, by what came of it", (*_NEIGHBOUR, "result"))
_work = Counter("tearline_work_done", "Pieces of work that jobs of workers found and did", ("service", "job"))
_work_failures = Counter("tearline_work_failures", "Jobs of workers that failed as a whole", ("service", "job"))
_webhooks = Counter("tearline_webhook_deliveries", "Messages sent to webhook endpoints", ("service", "outcome"))
_round_ended = Gauge(
    "tearline_worker_round_timestamp_seconds",
    "When a worker last came to the end of a job",
    ("service",),
    multiprocess_mode="livemostrecent",
)


def request_ended(seen: Any) -> None:
    """Count a request."""
    if settings.METRICS:
        count, seconds = _of_request(seen.service, seen.method, seen.route, seen.status)
        count.inc()
        seconds.observe(seen.seconds)


def call_ended(seen: Any) -> None:
    """Count a call, and its tries."""
    if settings.METRICS:
        where = (seen.caller, seen.neighbour)
        count, seconds = _of_call(where, seen.method, seen.route, seen.transport, seen.outcome)
        count.inc()
        seconds.observe(seen.seconds)
        _of_neighbour(*where).inc(seen.tries)


def retried(caller: str, neighbour: str, *, allowed: bool) -> None:
    """Count a retry, or that there was none."""
    if settings.METRICS:
        _of_neighbour(caller, neighbour)
        (_retries if allowed else _retries_refused).labels(caller, neighbour).inc()


def breaker_changed(caller: str, neighbour: str, state: str) -> None:
    """Count a change of a circuit breaker."""
    if settings.METRICS:
        _of_neighbour(caller, neighbour)
        _breaker_changes.labels(caller, neighbour, state).inc()


def read_cached(caller: str, neighbour: str, result: str) -> None:
    """Count a cached read."""
    if settings.METRICS:
        _of_cache(caller, neighbour)[result].inc()


def work_begins(service: str, jobs: list[str]) -> None:
    """Begin to count what a worker does: what never failed is a zero, not a gap."""
    for job in jobs:
        _work.labels(service, job)
        _work_failures.labels(service, job)


def job_ended(service: str, job: str, done: int, *, failed: bool = False) -> None:
    """Count what a job of a worker did."""
    if settings.METRICS:
        _round_ended.labels(service).set_to_current_time()
        _work.labels(service, job).inc(done)
        if failed:
            _work_failures.labels(service, job).inc()


def webhook_sent(service: str, outcome: str) -> None:
    """Count a message that was sent to a webhook endpoint, by what came of it."""
    if settings.METRICS:
        _webhooks.labels(service, outcome).inc()


@lru_cache(maxsize=2000)
def _of_request(service: str, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: the library takes longer to find a child than to count."""
    known = (service, method if method in METHODS else "other", _known("request", route))
    return _requests.labels(*known, status), _request_seconds.labels(*known)


@lru_cache(maxsize=2000)
def _of_call(
    where: tuple[str, str], method: str, route: str, transport: str, outcome: str
) -> tuple[Counter, Histogram]:
    known = (*where, method, _known("call", route), transport)
    return _calls.labels(*known, outcome), _call_seconds.labels(*known)


@lru_cache
def _of_neighbour(caller: str, neighbour: str) -> Counter:
    """The tries. With the first call everything else begins that may once be counted: a zero, not a gap."""
    for counter in (_retries, _retries_refused):
        counter.labels(caller, neighbour)
    _of_cache(caller, neighbour)
    for state in State:
        _breaker_changes.labels(caller, neighbour, state.value)
    return _tries.labels(caller, neighbour)


@lru_cache
def _of_cache(caller: str, neighbour: str) -> dict[str, Counter]:
    return {result: _cached_reads.labels(caller, neighbour, result) for result in RESULTS}


_routes: dict[str, set[str]] = {"request": set(), "call": set()}


def _known(kind: str, route: str) -> str:
    """The route, or `other` where there are too many already."""
    known = _routes[kind]
    if len(known) < MOST_ROUTES:
        known.add(route)
    return route if route in known else "other"
