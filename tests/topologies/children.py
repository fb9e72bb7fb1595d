"""Processes of the operating system that a test starts: with a log of their own, and never left behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BASE = Path(__file__).resolve().parent.parent.parent
PYTHON = sys.executable
STOP_SECONDS = 10
OURS = ("SERVICES", "TRANSPORT", "PORT", "PUBLIC_URL", "DEBUG", "VAR_DIR", "FAULTS_FILE", "DEMO")
WHOLE = {"SERVICES": "users,orders,payments", "TRANSPORT": "in_process", "ORDER_TTL_SECONDS": "1800"}
OURS_BY_SERVICE = ("URL", "DATABASE_URL", "SECRET", "SECRET_FILE", "SIGNING_KEY", "SIGNING_KEY_FILE")


class DidNotStart(AssertionError):
    """A child ended, or was not ready in time; the message holds the end of its log."""


class Child:
    """One process and what it starts, as a group of its own."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.command, self.log = list(command), log
        with log.open("ab") as stream:
            self._popen = subprocess.Popen(
                self.command, cwd=BASE, env=dict(environment), stdout=stream, stderr=stream, start_new_session=True
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def ask_to_end(self) -> None:
        """Begin to stop it, so that several can stop at the same time."""
        self._signal(signal.SIGTERM)

    def end(self) -> int:
        """Stop the whole group, gently and then not; returns the exit status of its first process."""
        self.ask_to_end()
        if not self._is_gone_within(STOP_SECONDS):
            self._signal(signal.SIGKILL)
            self._is_gone_within(STOP_SECONDS)
        return self._popen.wait()

    def last_words(self, lines: int = 40) -> str:
        text = "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return f"{' '.join(self.command)}\n{text}"

    def _is_gone_within(self, seconds: float) -> bool:
        """Whether nothing of the group is left; the first process is reaped here, the others by the system."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.has_ended and not self._signal(0):
                return True
            time.sleep(0.02)
        return False

    def _signal(self, number: int) -> bool:
        """Whether there was anybody to signal."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return False
        return True


def environment(**given: str) -> dict[str, str]:
    """This process's environment without anything that is ours, and with what is given.

    What is not given is as in a new clone, so that a developer's `.env` cannot add to it.
    """
    ours = [*OURS, *(f"{service}_{name}" for service in ("USERS", "ORDERS", "PAYMENTS") for name in OURS_BY_SERVICE)]
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    empty = {
        name: "" for name in ours if name.endswith(("_URL", "_FILE", "_SECRET", "_KEY")) and "DATABASE" not in name
    }
    return {**kept, **empty, **WHOLE, "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "config.settings", **given}


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 on which nobody listens now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def wait_until(is_true: Callable[[], Any], *, seconds: float = 60, pause: float = 0.02, what: str = "") -> Any:
    """What `is_true` returns once it is something; AssertionError that says `what` was waited for, after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = is_true()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain{f' for {what}' if what else ''}")
        time.sleep(pause)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end this process as an exception would, so that its children are stopped on the way out."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
