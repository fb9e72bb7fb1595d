"""What spans tell of requests and calls, in the words of OpenTelemetry's semantic conventions for HTTP."""

from typing import Any
from urllib.parse import urlsplit

from chassis.topology import topology
from chassis.traces import Span


def end_request(span: Span, seen: Any, asked: Any) -> None:
    """A request that was answered; of ours is the error only from 500 on."""
    attributes = {
        "http.request.method": seen.method,
        "http.route": seen.route,
        "http.response.status_code": seen.status,
        "url.path": asked.path,
        "url.scheme": asked.scheme,
        "tearline.service": seen.service,
    }
    error = str(seen.status) if seen.status >= 500 else ""
    span.end(f"{seen.method} {seen.route}", attributes, error=error)


def end_call(span: Span, seen: Any) -> None:
    """A call that was answered, or failed; here a refusal is an error, too."""
    attributes = {
        "http.request.method": seen.method,
        "url.template": seen.route,
        "server.address": _host(seen.neighbour),
        "tearline.service": seen.caller,
        "tearline.neighbour": seen.neighbour,
        "tearline.transport": seen.transport,
    }
    if seen.outcome.isdigit():
        attributes["http.response.status_code"] = int(seen.outcome)
    if seen.tries > 1:
        attributes["http.request.resend_count"] = seen.tries - 1
    is_good = seen.outcome.isdigit() and int(seen.outcome) < 400
    span.end(f"{seen.method} {seen.route}", attributes, error="" if is_good else seen.outcome)


def _host(neighbour: str) -> str:
    """By which name the neighbour is known, wherever it is."""
    return urlsplit(topology().urls.get(neighbour, "")).hostname or neighbour
