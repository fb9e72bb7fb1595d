"""Asking many things at the same time for many visitors, so that nobody who hangs holds anybody up."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from chassis import context
from chassis.calls import CallFailed

FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 1.0
# Less than is waited, so that a neighbour's own failure is told rather than that of our patience.
CALL_SHARE = 0.8

Question = Callable[[], Any]
Picture = TypeVar("Picture")


@dataclass(frozen=True)
class Heard:
    """What came of asking; `reason` says why there is no answer, and is empty where there is one."""

    answer: Any
    milliseconds: int
    reason: str = ""


class Lookout(Generic[Picture]):
    """Looks for many visitors: all is asked at the same time, and nothing twice within a second.

    A question that hangs is left to a thread of its own, and not asked again before it has ended.
    """

    def __init__(
        self,
        questions: Callable[[], Mapping[str, Question]],
        picture: Callable[[Mapping[str, Heard]], Picture],
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._questions, self._picture, self._patience = questions, picture, patience
        self._lock = threading.Lock()
        self._asked: dict[str, Future[Heard]] = {}
        self._latest: tuple[float, Picture] | None = None

    def look(self) -> Picture:
        """How everything is, at most a second ago; it takes no longer than our patience, whoever hangs."""
        with self._lock:
            if self._latest is None or time.monotonic() - self._latest[0] >= FRESH_SECONDS:
                picture = self._picture(self._ask_all(self._questions()))
                self._latest = time.monotonic(), picture
            return self._latest[1]

    def _ask_all(self, asking: Mapping[str, Question]) -> dict[str, Heard]:
        for name, question in asking.items():
            if name not in self._asked or self._asked[name].done():
                self._asked[name] = _ask(question, self._patience * CALL_SHARE)
        wait([self._asked[name] for name in asking], timeout=self._patience)
        return {name: _heard(self._asked[name], self._patience) for name in asking}


def _ask(question: Question, seconds: float) -> Future[Heard]:
    """Ask in a thread that dies with the process, so that a question which hangs keeps nobody from stopping."""
    future: Future[Heard] = Future()
    # Not the request's own deadline: others are shown the answer too.
    asking = replace(context.for_work(context.current().request_id), deadline=time.monotonic() + seconds)

    def run() -> None:
        with context.entered(asking):
            future.set_result(_answer(question))

    threading.Thread(target=run, name="lookout", daemon=True).start()
    return future


def _answer(question: Question) -> Heard:
    started = time.monotonic()
    try:
        answer, reason = question(), ""
    except CallFailed as failure:
        answer, reason = None, failure.reason
    except Exception as exc:  # noqa: BLE001  whatever went wrong is what was found
        answer, reason = None, _first_line(exc)
    return Heard(answer, round((time.monotonic() - started) * 1000), reason)


def _heard(answer: Future[Heard], patience: float) -> Heard:
    if answer.done():
        return answer.result()
    return Heard(None, round(patience * 1000), f"no answer in {patience} s")


def _first_line(exc: Exception) -> str:
    """What drivers say first; the rest is advice. They name hosts and users, and no password."""
    lines = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {lines[0]}" if lines else type(exc).__name__
