"""Log lines: each says when, what, of which request and trace, for whom, in which service and kind of process.

::

    {"time": "2026-11-28T10:00:00.123456+00:00", "level": "info", "logger": "tearline.requests",
     "event": "request answered", "service": "orders", "request_id": "…", "trace_id": "…", "span_id": "…",
     "caller": "usr_…", "process": "server", "method": "GET", "path": "/v2/orders", "route": "/v2/orders",
     "status": 200, "milliseconds": 4.2, "calls": 0}

JSON for programs, and text for people. A path is told without its query, because queries hold secrets; so do bodies.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from msgspec import json
from structlog.typing import EventDict

# What a line may say besides its message; whatever else a library adds may be anything.
MEMBERS = (
    *("method", "path", "route", "status", "milliseconds", "calls"),
    *("neighbour", "transport", "outcome", "tries"),
)
LONGEST_PATH = 300

_encoder = json.Encoder()
_requests, _calls = logging.getLogger("tearline.requests"), logging.getLogger("tearline.calls")


def formatter(form: str) -> logging.Formatter:
    """What writes every line of a process: `json` or `text`."""
    told: list[Any] = [structlog.stdlib.ExtraAdder(allow=MEMBERS), _begin]
    finish = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    kind = _JsonLines if form == "json" else structlog.stdlib.ProcessorFormatter
    return kind(foreign_pre_chain=told, processors=[finish, *_written(form)])


@contextmanager
def silenced(name: str) -> Iterator[None]:
    """Let this logger say nothing while the block runs, for commands that tell by themselves what it would say."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def request_ended(seen: Any, path: str, *, is_news: bool = True) -> None:
    """One line for a request that was answered. What is no news is told only where something is wrong."""
    level = logging.INFO if is_news or seen.status >= 400 else logging.DEBUG
    if _requests.isEnabledFor(level):
        told = {"method": seen.method, "path": _printable(path), "route": seen.route, "status": seen.status}
        _requests.handle(_Line(_requests.name, level, "request answered", {**told, **_took(seen), "calls": seen.calls}))


def call_ended(seen: Any, path: str) -> None:
    """One line for a call, however often it was tried. A neighbour that refuses has answered.

    Where it did so in this process, its own line about the request tells the same, just before.
    """
    is_answered = seen.outcome.isdigit()
    is_told = is_answered and seen.transport == "in_process" and seen.tries == 1
    level = logging.DEBUG if is_told else logging.INFO if is_answered else logging.WARNING
    if _calls.isEnabledFor(level):
        told = {"method": seen.method, "path": _printable(path.partition("?")[0]), "neighbour": seen.neighbour}
        how = {"transport": seen.transport, "outcome": seen.outcome, "tries": seen.tries, **_took(seen)}
        _calls.handle(_Line(_calls.name, level, "call answered" if is_answered else "call failed", {**told, **how}))


class _Line(logging.LogRecord):
    """One of the two lines of every request: made of what we know, where Python would look for who calls."""

    blank = vars(logging.LogRecord("", logging.INFO, "", 0, "", (), None))

    def __init__(self, name: str, level: int, event: str, told: dict[str, Any]) -> None:
        own = {"name": name, "levelno": level, "levelname": logging.getLevelName(level), "msg": event}
        when = {"created": time.time(), "threadName": threading.current_thread().name}
        vars(self).update(self.blank, **own, **when, **told)
        self.told = told


class _JsonLines(structlog.stdlib.ProcessorFormatter):
    """Writes those two at once, because every call in process pays for both; whatever else is told takes its way."""

    def format(self, record: logging.LogRecord) -> str:
        if not isinstance(record, _Line):
            return super().format(record)
        return _encoder.encode({**_columns(record), **record.told}).decode()


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


def _begin(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """The columns that every line has, before what only this one says."""
    return {**_columns(line["_record"]), "event": line.pop("event"), **line}


def _columns(record: logging.LogRecord) -> dict[str, Any]:
    return {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": record.msg,
        **_here(),
        "process": "worker" if record.threadName == "worker" else _process(),
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
