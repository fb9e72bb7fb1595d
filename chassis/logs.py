"""Log lines: each says when, what, of which request and trace, for whom, in which service and kind of process.

::

    {"time": "2026-11-28T10:00:00.123456Z", "level": "info", "logger": "tearline.requests", "event": "request answered",
     "service": "orders", "request_id": "…", "trace_id": "…", "span_id": "…", "caller": "usr_…", "process": "server",
     "method": "GET", "path": "/v2/orders", "route": "/v2/orders", "status": 200, "milliseconds": 4.2, "calls": 0}

JSON for programs, and text for people. A path is told without its query, because queries hold secrets; so do bodies.
"""

import logging
import os
import sys
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict

# What a line may say besides its message; whatever else a library adds may be anything.
MEMBERS = (
    *("method", "path", "route", "status", "milliseconds", "calls"),
    *("neighbour", "transport", "outcome", "tries"),
)
LONGEST_PATH = 300

_requests, _calls = logging.getLogger("tearline.requests"), logging.getLogger("tearline.calls")


def formatter(form: str) -> logging.Formatter:
    """What writes every line of a process: `json` or `text`."""
    told: list[Any] = [structlog.stdlib.ExtraAdder(allow=MEMBERS), _begin]
    finish = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=told, processors=[finish, *_written(form)])


def request_ended(seen: Any, path: str, *, is_news: bool = True) -> None:
    """One line for a request that was answered. What is no news is told only where something is wrong."""
    level = logging.INFO if is_news or seen.status >= 400 else logging.DEBUG
    if _requests.isEnabledFor(level):
        told = {"method": seen.method, "path": _printable(path), "route": seen.route, "status": seen.status}
        _requests.log(level, "request answered", extra={**told, **_took(seen), "calls": seen.calls})


def call_ended(seen: Any, path: str) -> None:
    """One line for a call, however often it was tried. A neighbour that refuses has answered."""
    is_answered = seen.outcome.isdigit()
    level = logging.INFO if is_answered else logging.WARNING
    if _calls.isEnabledFor(level):
        told = {"method": seen.method, "path": _printable(path.partition("?")[0]), "neighbour": seen.neighbour}
        how = {"transport": seen.transport, "outcome": seen.outcome, "tries": seen.tries, **_took(seen)}
        _calls.log(level, "call answered" if is_answered else "call failed", extra={**told, **how})


def _took(seen: Any) -> dict[str, float]:
    return {"milliseconds": round(seen.seconds * 1000, 2)}


def _printable(path: str) -> str:
    return path[:LONGEST_PATH] if path.isprintable() else ascii(path[:LONGEST_PATH])


def _written(form: str) -> list[Any]:
    """Tracebacks without the values of variables, which may be secret."""
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    written = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), timestamp_key="time", exception_formatter=plain, sort_keys=False, pad_event_to=0
    )
    return [_without_gaps, written]


def _begin(_logger: Any, method: str, line: EventDict) -> EventDict:
    """The columns that every line has, before what only this one says."""
    record = line["_record"]
    return {
        "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "level": method,
        "logger": record.name,
        "event": line.pop("event"),
        **_here(),
        "process": "worker" if record.threadName == "worker" else _process(),
        **line,
    }


def _here() -> dict[str, str]:
    """Of which request. gunicorn's own process, which loads nothing of the product, has none."""
    context = sys.modules.get("chassis.context")
    here = context.current() if context else None
    trace = here.trace if here else None
    return {
        "service": here.service if here and here.service else _services(),
        "request_id": here.request_id if here else "",
        "trace_id": trace.trace_id if trace else "",
        "span_id": trace.span_id if trace else "",
        "caller": here.actor if here else "",
    }


def _without_gaps(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """People need not read what is not said."""
    return {name: value for name, value in line.items() if value != ""}


@lru_cache
def _services() -> str:
    """Whose line it is when nobody in particular is at work."""
    return "+".join(name.strip() for name in (os.environ.get("SERVICES") or "users,orders,payments").split(","))


@lru_cache
def _process() -> str:
    """Which kind of process this is, by how it was started."""
    program, *words = [*sys.argv, ""]
    if Path(program).name == "manage.py":
        return {"work": "worker", "runserver": "server", "serve": "server"}.get(words[0], "command")
    return "server" if "gunicorn" in program else "command"
