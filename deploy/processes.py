"""Processes that are started here and never left behind: each with a log of its own, stopped gently and then not."""

import ctypes
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, build_opener

BASE = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
ENDING = (signal.SIGTERM, signal.SIGHUP)
STOP_SECONDS = 10
START_SECONDS = 120
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl(2)

_opener = build_opener(ProxyHandler({}))


class DidNotStart(AssertionError):
    """A child ended, or was not ready in time; the message holds the end of its log."""


class Child:
    """One process and what it starts, as a group of its own. On Linux it also ends when this process is killed.

    `stop` is the signal that asks it to end; `user` is who it runs as, where this process may choose.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        stop: signal.Signals = signal.SIGTERM,
        user: str | None = None,
    ) -> None:
        self.command, self.log, self._stop = list(command), log, stop
        with log.open("ab") as stream:
            self._popen = subprocess.Popen(
                self.command,
                cwd=BASE,
                env=dict(environment),
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                user=user,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  # no thread forks
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def ask_to_end(self) -> None:
        """Begin to stop it, so that several can stop at the same time."""
        self._signal(self._stop)

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


def end_all(children: Sequence[Child]) -> None:
    """Stop them together."""
    for child in children:
        child.ask_to_end()
    for child in children:
        child.end()


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


def wait_for(url: str, children: Sequence[Child], *, authority: Path | None = None) -> None:
    """Wait until the address answers 200. Raises DidNotStart with the log when a child ends, or takes too long.

    Over HTTPS whoever answers has to be certified, by the authority where one is given.
    """
    opener = _trusting(authority) if authority else _opener
    wait_for_start(lambda: answers(url, opener), children, what=url)


def wait_for_start(is_ready: Callable[[], bool], children: Sequence[Child], *, what: str) -> None:
    """Wait until it is ready. Raises DidNotStart with the log when a child ends, or takes too long."""

    def is_ready_or_ended() -> bool:
        if any(child.has_ended for child in children):
            raise DidNotStart("it ended")
        return is_ready()

    try:
        wait_until(is_ready_or_ended, seconds=START_SECONDS)
    except AssertionError as exc:
        last_words = "\n\n".join(child.last_words() for child in children)
        raise DidNotStart(f"{what}: {exc}\n{last_words}") from exc


def answers(url: str, opener: OpenerDirector = _opener) -> bool:
    """Whether there is a good answer. A crash (500) is raised: waiting longer would not mend it."""
    try:
        with opener.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except HTTPError as exc:
        if exc.code == 500:
            raise DidNotStart(f"{url} crashes") from exc
        return False
    except OSError:
        return False


def _trusting(authority: Path) -> OpenerDirector:
    return build_opener(ProxyHandler({}), HTTPSHandler(context=ssl.create_default_context(cafile=authority)))


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM, or a terminal that is closed, end this process as an exception would: its children are stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda got, _: sys.exit(128 + got)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_with_parent() -> None:
    """Whoever is killed cannot stop its children: the kernel then asks them to end."""
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
