"""Faults on purpose, so that a dead or broken neighbour exists in every topology, and can be tested.

`FAULTS_FILE` names a JSON file, read at each use, as `{"down": ["payments"], "crash": ["/v1/payments"]}`: calls to a
service that is *down* fail as if nobody listened; views whose path begins with a *crash* prefix raise. It is refused
in production.
"""

import json
from collections.abc import Callable
from pathlib import Path

import requests
from django.conf import settings


class PlannedCrash(Exception):
    """Raised by a view because the faults file says so."""


def is_down(service: str) -> bool:
    """Whether calls to `service` shall fail."""
    return service in _planned().get("down", [])


def crash_if_planned(path: str) -> None:
    """Raise PlannedCrash if the view at `path` shall break."""
    if any(path.startswith(prefix) for prefix in _planned().get("crash", [])):
        raise PlannedCrash(path)


def _planned() -> dict[str, list[str]]:
    if not settings.FAULTS_FILE:
        return {}
    file = Path(settings.FAULTS_FILE)
    planned: dict[str, list[str]] = json.loads(file.read_text() or "{}") if file.exists() else {}
    return planned


def deliver(
    _caller: str,
    neighbour: str,
    _request: requests.PreparedRequest,
    send: Callable[[], requests.Response],
    _seconds: float,
) -> requests.Response:
    """What `send` answers, unless the plan says otherwise."""
    if is_down(neighbour):
        raise requests.ConnectionError("down, as planned")
    return send()
