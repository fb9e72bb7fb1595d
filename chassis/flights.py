"""One question at a time: whoever asks the same meanwhile waits, and shares the answer or the failure."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """The questions that a process has under way."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Future[T]] = {}
        self._lock = threading.Lock()

    def share(self, key: Hashable, ask: Callable[[], T], *, wait_seconds: float | None) -> tuple[T, bool]:
        """What `ask` returns or raises, and whether somebody else had asked already.

        Raises TimeoutError for who would have to wait for longer than `wait_seconds`.
        """
        with self._lock:
            flight = self._under_way.get(key)
            if flight is None:
                own = self._under_way[key] = Future()
        return (self._lead(key, own, ask), False) if flight is None else (flight.result(wait_seconds), True)

    def _lead(self, key: Hashable, own: "Future[T]", ask: Callable[[], T]) -> T:
        try:
            own.set_result(ask())
        except BaseException as exc:  # noqa: BLE001  it is raised again, to everybody
            own.set_exception(exc)
        finally:
            with self._lock:
                del self._under_way[key]
        return own.result()
