"""Many clients at once, each of whom asks at its own steady pace, however long the answers take."""

import http.client
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Visit:
    """One request: when it should have begun, when it was answered, and with what; 0 is no answer at all."""

    kind: str
    due_at: float
    seconds: float
    status: int


@dataclass(frozen=True)
class Errand:
    """What a client asks again and again. `request` makes the method, path, body and headers of the next time."""

    kind: str
    request: Callable[[], tuple[str, str, bytes | None, dict[str, str]]]
    every_seconds: float


@dataclass
class Crowd:
    """So many clients, until the block is left; what they met is in `visits`."""

    url: str
    errands: list[Errand]
    patience_seconds: float
    visits: list[Visit] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._go, args=(errand,), daemon=True) for errand in self.errands]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(self.patience_seconds + 1)

    def between(self, kind: str, begin: float, end: float) -> list[Visit]:
        """What was due in this time."""
        return [visit for visit in [*self.visits] if visit.kind == kind and begin <= visit.due_at < end]

    def _go(self, errand: Errand) -> None:
        """Who waited longer than their pace goes on with the next time that is not over yet."""
        due_at = time.monotonic() + random.uniform(0, errand.every_seconds)  # noqa: S311  no secret
        connection = self._connect()
        while not self._is_over.wait(max(0.0, due_at - time.monotonic())):
            began_at = time.monotonic()
            status = _ask(connection, errand)
            self.visits.append(Visit(errand.kind, due_at, time.monotonic() - began_at, status))
            if not status:
                connection.close()
            due_at = max(due_at + errand.every_seconds, time.monotonic())
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        place = urlsplit(self.url)
        return http.client.HTTPConnection(str(place.hostname), place.port, timeout=self.patience_seconds)


def _ask(connection: http.client.HTTPConnection, errand: Errand) -> int:
    method, path, body, headers = errand.request()
    with suppress(OSError, http.client.HTTPException):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    return 0
