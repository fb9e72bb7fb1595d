"""Ends on purpose: a process kills itself at a named point, so that what it leaves behind can be looked at.

A point is `service: what runs | before or after | a commit or a call`, as in `orders: POST /v2/orders/{id}/pay | after
call POST payments /v1/payments`. Nobody lists them: whoever passes one writes it down. The folder beside FAULTS_FILE
that has its name and ends in `.kills` holds them in `passed`; in `armed`, a file for each process that is to die, with
the number of the passing and the point; in `struck`, the same file as soon as one dies of it, with that one's
process id. Without that folder nothing happens, and without FAULTS_FILE nobody looks.
"""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from chassis.observations import route_of

WRITES = ("INSERT", "UPDATE", "DELETE")
# What works through many rows commits often; points with a number of their own would have no end.
LAST_COMMIT = 6
_WROTE = "tearline_wrote"


@dataclass(slots=True)
class Run:
    """What runs: a request, by its method and route, or a piece of work, by its name."""

    name: str = "otherwise"
    commits: int = 0

    def next_commit(self) -> str:
        self.commits += 1
        return f"commit {self.commits}" if self.commits < LAST_COMMIT else f"commit {LAST_COMMIT} or later"


_run: ContextVar[Run | None] = ContextVar("run", default=None)


def running(*name: str) -> AbstractContextManager[None]:
    """Name what runs in the block, for the points that are passed in it; ids in the name do not count."""
    return _entered(Run(route_of(" ".join(name)))) if settings.FAULTS_FILE else nullcontext()


@contextmanager
def around(service: str, what: str) -> Iterator[None]:
    """The points before and after the block."""
    _pass(service, f"before {what}")
    try:
        yield
    finally:
        _pass(service, f"after {what}")


def around_all(service: str, thing: Any, what: str) -> Any:
    """The same thing, with the points before and after each call of one of its methods."""
    return Surrounded(service, thing, what) if settings.FAULTS_FILE else thing


def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let there be points around every commit of a new connection that writes."""
    if _watched not in connection.execute_wrappers:
        connection.execute_wrappers.append(_watched)
        connection.commit = partial(_commit, connection, connection.commit)  # type: ignore[method-assign]


class Surrounded:
    """A thing whose methods have points around them."""

    def __init__(self, service: str, thing: Any, what: str) -> None:
        self._service, self._thing, self._what = service, thing, what

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        return partial(self._call, name, found) if callable(found) else found

    def _call(self, name: str, method: Callable[..., Any], *args: Any, **named: Any) -> Any:
        with around(self._service, f"{self._what} {name}"):
            return method(*args, **named)


class Folder:
    """Where it is said who shall die, and which points there are."""

    def __init__(self, path: Path) -> None:
        self._passed, self._armed, self._struck = path / "passed", path / "armed", path / "struck"
        self._known: set[str] = set()
        self._plans: dict[str, tuple[str, int]] = {}
        self._counts: Counter[str] = Counter()
        self._seen = 0
        self._lock = threading.Lock()

    def pass_(self, point: str) -> None:
        """Write the point down, if it is new to this process; die, if this passing is meant."""
        with self._lock:
            if not self._look():
                return
            if point not in self._known:
                self._known.add(point)
                self._write(f"{point}\n")
            for name, (meant, number) in self._plans.items():
                if meant == point:
                    self._counts[name] += 1
                    if self._counts[name] == number:
                        self._die(name)

    def _look(self) -> bool:
        """Whether there is such a folder; what is planned there is read again when it has changed."""
        try:
            changed = self._armed.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        if changed != self._seen:
            self._seen, self._plans = changed, dict(self._read())
        return True

    def _read(self) -> Iterator[tuple[str, tuple[str, int]]]:
        for file in self._armed.iterdir():
            try:
                number, _, point = file.read_text().partition(" ")
            except FileNotFoundError:  # somebody has just died of it
                continue
            yield file.name, (point, int(number))

    def _die(self, name: str) -> None:
        """Once only: whoever begins anew does not find the file again, nor does another process that was slower."""
        try:
            (self._armed / name).rename(self._struck / f"{name}.{os.getpid()}")
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    def _write(self, line: str) -> None:
        with self._passed.open("a") as passed:
            passed.write(line)


@contextmanager
def _entered(run: Run) -> Iterator[None]:
    token = _run.set(run)
    try:
        yield
    finally:
        _run.reset(token)


def _pass(service: str, what: str) -> None:
    run = _run.get() or Run()
    _folder(settings.FAULTS_FILE).pass_(f"{service}: {run.name} | {what}")


@lru_cache
def _folder(faults_file: str) -> Folder:
    return Folder(Path(faults_file).with_suffix(".kills"))


def _watched(execute: Any, sql: Any, params: Any, many: Any, about: dict[str, Any]) -> Any:
    """A statement that writes outside a transaction is one, with a commit of its own."""
    connection = about["connection"]
    if not str(sql).startswith(WRITES):
        return execute(sql, params, many, about)
    if connection.in_atomic_block:
        vars(connection)[_WROTE] = True
        return execute(sql, params, many, about)
    with around(connection.alias, (_run.get() or Run()).next_commit()):
        return execute(sql, params, many, about)


def _commit(connection: BaseDatabaseWrapper, commit: Callable[[], None]) -> None:
    """A transaction that only read has nothing to lose."""
    if not vars(connection).pop(_WROTE, False):
        return commit()
    with around(connection.alias, (_run.get() or Run()).next_commit()):
        return commit()
