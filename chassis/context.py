"""What belongs to one request and travels with its calls: its id and trace, its deadline, its hops, who asks."""

import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.http import HttpRequest

from chassis.traceparents import TRACEPARENT, TRACESTATE, Trace, read_trace

REQUEST_ID = "X-Request-ID"
DEADLINE = "X-Request-Timeout-Ms"
HOPS = "X-Request-Hops"
ON_BEHALF_OF = "X-On-Behalf-Of"

_GOOD_ID = re.compile(r"[A-Za-z0-9_.\-]{8,64}")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Context:
    """`deadline` is a reading of `time.monotonic()`, of no meaning outside this process: headers carry what is left.

    `actor` is the id of the caller once that is known, `on_behalf_of` whom a service that calls is asking for.
    `service` is at work; `trace` is the span that this is part of: the caller's, until there is one of our own.
    """

    request_id: str = ""
    deadline: float | None = None
    hops: int = 0
    actor: str = ""
    on_behalf_of: str = ""
    service: str = ""
    trace: Trace | None = None

    def seconds_left(self) -> float | None:
        return None if self.deadline is None else self.deadline - time.monotonic()


_current: ContextVar[Context] = ContextVar("request", default=Context())


def current() -> Context:
    """The context of the request being answered; an empty one outside any request."""
    return _current.get()


def brought_by(request: Any, service: str = "") -> Context:
    """The context that a request brings."""
    return read_context(Headers(request), service)


class Headers:
    """What a request has brought, header by header: Django's own `headers` are all read as soon as one is wanted."""

    def __init__(self, request: Any) -> None:
        self._meta = request.META

    def get(self, name: str, default: str = "") -> str:
        found: str = self._meta.get(variable(name), default)
        return found


@lru_cache
def variable(name: str) -> str:
    """What WSGI calls a header, but for `Content-Type` and `Content-Length`."""
    return f"HTTP_{name.upper().replace('-', '_')}"


def read_context(headers: Mapping[str, str] | Headers, service: str = "") -> Context:
    """The context that a request brings; a missing or malformed id is replaced by a new one."""
    given = headers.get(REQUEST_ID, "")
    request_id = given if _GOOD_ID.fullmatch(given) else uuid.uuid4().hex
    left, hops = _number(headers.get(DEADLINE, "")), _number(headers.get(HOPS, ""))
    deadline = None if left is None else time.monotonic() + left / 1000
    trace = read_trace(headers.get(TRACEPARENT, ""), headers.get(TRACESTATE, ""))
    return Context(request_id, deadline, hops or 0, service=service, trace=trace)


def _number(given: str) -> int | None:
    return int(given) if _NUMBER.fullmatch(given) else None


def set_header(request: HttpRequest, name: str, value: str) -> None:
    """Give the request a header that it did not bring."""
    request.META[variable(name)] = value
    vars(request).pop("headers", None)  # Django computes them once, from META


@contextmanager
def entered(context: Context) -> Iterator[Context]:
    """Make `context` the current one for the block, and put back what was there."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def of_request(request: Any) -> AbstractContextManager[Context]:
    """The context of a request for the block: the one that it was received in, or else what it brings."""
    return nullcontext(current()) if current().request_id else entered(brought_by(request))


def at_work(service: str) -> None:
    """Say which service is at work, until the current context is left."""
    _current.set(replace(current(), service=service))


def within(trace: Trace) -> Context:
    """The current context, as a part of this span; `replace` would take thrice as long, twice for each call."""
    here = current()
    return Context(here.request_id, here.deadline, here.hops, here.actor, here.on_behalf_of, here.service, trace)


def identify(actor: str, *, on_behalf_of: str = "") -> None:
    """Say who asks, until the current context is left."""
    _current.set(replace(current(), actor=actor, on_behalf_of=on_behalf_of))


def outgoing_headers() -> dict[str, str]:
    """What the current request hands on to a call: its id and trace, one hop more, for whom. A try adds a deadline."""
    context = current()
    asking = context.on_behalf_of or context.actor
    return {
        **({ON_BEHALF_OF: asking} if asking else {}),
        REQUEST_ID: context.request_id or uuid.uuid4().hex,
        HOPS: str(context.hops + 1),
        **(context.trace.headers() if context.trace else {}),
    }


def milliseconds(seconds: float) -> str:
    """A span of time as the deadline header carries it."""
    return str(max(0, round(seconds * 1000)))


def for_work(request_id: str, *, service: str = "", traceparent: str = "") -> Context:
    """The context of work that goes on after its request was answered: its id and its trace, without its deadline."""
    return Context(request_id or uuid.uuid4().hex, service=service, trace=read_trace(traceparent))
