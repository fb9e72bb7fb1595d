"""Which calls this process makes and which requests it answers, how often and how quickly.

The processes of a service share what they saw through the cache: each publishes what it has counted since it began, a
second after it did so last, or at once where it is the first of its kind. An hour after a process was last at work
nobody knows of it any more. Without a Valkey a process knows only of itself.
"""

import json
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

from django.core.cache import cache

from chassis.tallies import METHODS, CallKind, RequestKind, RequestTally, Tally, Traffic

SHARED_AFTER_SECONDS = 1.0
TRIED_AGAIN_AFTER_SECONDS = 30.0
KEPT_SECONDS = 3600
# More than there are; what comes after them is counted together.
MOST_KINDS = 300
OTHERS = "(others)"
logger = logging.getLogger("tearline")


def call_ended(seen: Any) -> None:
    """Remember a call."""
    kind = CallKind(seen.caller, seen.neighbour, seen.method, seen.route, seen.transport)
    with _lock:
        tally, is_new = _tally(_calls, kind, Tally)
        _count(tally, seen.outcome, seen.seconds)
    _share(seen.caller, at_once=is_new)


def request_ended(seen: Any) -> None:
    """Remember a request that a service answered; what is no method of HTTP was none."""
    if not seen.service or seen.method not in METHODS:
        return
    kind = RequestKind(seen.service, seen.method, seen.route)
    with _lock:
        tally, is_new = _tally(_requests, kind, RequestTally)
        _count(tally, str(seen.status), seen.seconds)
        if seen.calls:
            _count_calls(tally, seen)
    _share(seen.service, at_once=is_new)


def seen_by(service: str) -> Traffic:
    """What the processes of a hosted service have seen."""
    whole = Traffic.of_json(_seen_here(service))
    for told in _quietly(lambda: _others(service)) or ():
        whole.add(told)
    return whole


def forget() -> None:
    """Begin anew, as a new process does."""
    with _lock:
        _calls.clear()
        _requests.clear()
        _due.clear()


_lock = Lock()
_calls: dict[CallKind, Tally] = {}
_requests: dict[RequestKind, RequestTally] = {}
_due: dict[str, float] = {}
_resting_until = 0.0


def _tally(tallies: dict[Any, Any], kind: Any, make: Callable[[], Any]) -> tuple[Any, bool]:
    """What is counted of this kind, and whether it is the first of its kind."""
    found = tallies.get(kind)
    if found is not None:
        return found, False
    if len(tallies) >= MOST_KINDS:
        return tallies.setdefault(kind._replace(route=OTHERS), make()), False
    return tallies.setdefault(kind, make()), True


def _count(tally: Tally, outcome: str, seconds: float) -> None:
    tally.count += 1
    tally.latest.append(int(seconds * 1_000_000))
    if outcome[:1] not in {"2", "3"}:
        tally.outcomes[outcome] = tally.outcomes.get(outcome, 0) + 1
        if outcome[:1] != "4":
            tally.failed_at = time.time()


def _count_calls(tally: RequestTally, seen: Any) -> None:
    tally.most = max(tally.most, seen.calls)
    for neighbour, calls in seen.calls_to.items():
        tally.calls_to[neighbour] = tally.calls_to.get(neighbour, 0) + calls


def _seen_here(service: str) -> dict[str, Any]:
    """What this process tells; copied, so that nobody waits while it is read."""
    with _lock:
        calls = [{**kind._asdict(), **tally.as_json()} for kind, tally in _calls.items() if kind.caller == service]
        requests = [
            {**kind._asdict(), **tally.as_json()} for kind, tally in _requests.items() if kind.service == service
        ]
    return {"calls": calls, "requests": requests, "breakers": [*_breakers(service)]}


def _breakers(service: str) -> Iterator[dict[str, Any]]:
    from chassis.guards import known  # what is seen there is counted here

    for guard in known():
        if guard.caller == service:
            bulkhead = guard.bulkhead
            about = {"in_use": bulkhead.in_use, "size": bulkhead.size}
            yield {"neighbour": guard.neighbour, "state": str(guard.breaker.state), **about}


def _share(service: str, *, at_once: bool) -> None:
    """Publish what was seen, unless that was done a moment ago. Whatever ails the cache, nobody else hears of it."""
    now = time.monotonic()
    if now >= _due.get(service, 0.0) or at_once:
        _due[service] = now + SHARED_AFTER_SECONDS
        _quietly(lambda: _publish(service))


def _publish(service: str) -> None:
    me, index = _process(), _index(service)
    cache.set(_place(service, me), json.dumps(_seen_here(service)), KEPT_SECONDS)
    known: dict[str, float] = cache.get(index) or {}
    now = time.time()
    # Who is lost when two write at once, writes itself down the next time.
    if now - known.get(me, 0.0) > KEPT_SECONDS / 2:
        recent = {process: at for process, at in known.items() if now - at < KEPT_SECONDS}
        cache.set(index, {**recent, me: now}, KEPT_SECONDS)


def _others(service: str) -> list[Traffic]:
    processes = (cache.get(_index(service)) or {}).keys() - {_process()}
    told = cache.get_many([_place(service, process) for process in processes])
    return [Traffic.of_json(json.loads(one)) for one in told.values()]


def _quietly(ask: Callable[[], Any]) -> Any:
    """What comes of asking the cache; one that does not serve is let be for a while, and complained of once."""
    global _resting_until  # noqa: PLW0603  one cache, one rest
    if time.monotonic() < _resting_until:
        return None
    try:
        return ask()
    except Exception as exc:  # noqa: BLE001  a map is not worth a request
        log = logger.debug if _resting_until else logger.warning
        log("what was seen of calls is not shared with other processes: %s", exc)
        _resting_until = time.monotonic() + TRIED_AGAIN_AFTER_SECONDS
        return None


def _index(service: str) -> str:
    return f"traffic:{service}"


def _place(service: str, process: str) -> str:
    return f"traffic:{service}:{process}"


def _process() -> str:
    return f"{_HERE}:{os.getpid()}"


_HERE = f"{socket.gethostname()}:{secrets.token_hex(3)}"
