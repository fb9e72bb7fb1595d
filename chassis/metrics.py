"""Prometheus metrics."""

from typing import Any


def call_ended(seen: Any) -> None:
    """Count a call."""


def request_ended(seen: Any) -> None:
    """Count a request."""
