"""Which calls this process makes and which requests it answers, how often and how quickly."""

from typing import Any


def call_ended(seen: Any) -> None:
    """Remember a call."""


def request_ended(seen: Any) -> None:
    """Remember a request."""
