"""What surrounds code without being handed to it. Nothing of this may cross a call, in either direction."""

import decimal
from contextvars import ContextVar
from typing import Any

from django.core.signals import request_finished
from django.urls import get_script_prefix, set_script_prefix
from django.utils import timezone, translation

MARK: ContextVar[str] = ContextVar("mark", default="")


def surround(*, language: str, time_zone: str, mark: str, prefix: str, precision: int) -> None:
    """Change all of it, and leave it so."""
    translation.activate(language)
    timezone.activate(time_zone)
    MARK.set(mark)
    set_script_prefix(prefix)
    decimal.getcontext().prec = precision


def surroundings() -> dict[str, Any]:
    return {
        "language": translation.get_language(),
        "time zone": timezone.get_current_timezone_name(),
        "mark": MARK.get(),
        "script prefix": get_script_prefix(),
        "decimal precision": decimal.getcontext().prec,
    }


def _tidy(**_: Any) -> None:
    """A thread serves one request after the other: what a probe leaves behind must not reach the next."""
    translation.deactivate()
    timezone.deactivate()
    MARK.set("")
    decimal.setcontext(decimal.Context(prec=28))


# Not sent for a call in process, so what a callee leaves behind there is seen by its caller.
request_finished.connect(_tidy)
