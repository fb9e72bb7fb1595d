"""Waking the workers of this process, so that what was just committed need not wait for the next look."""

import threading

_something_to_do = threading.Event()


def wake() -> None:
    """Tell the worker of this process, if it has one, that there is work."""
    _something_to_do.set()


def sleep(seconds: float) -> None:
    """Wait until woken, `seconds` at most."""
    _something_to_do.wait(seconds)
    _something_to_do.clear()
