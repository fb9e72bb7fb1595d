"""Circuit breakers: who does not answer is not asked for a while, and then by one.

After M. Nygard, *Release It!*, 2nd edition, section 5.2: closed, open, and half open, when exactly one call finds out
whether it is over.
"""

import threading
import time
from collections import deque
from enum import StrEnum

# What a busy neighbour answered before it hung says nothing about now; one that is seldom asked is judged by more.
RECENT_SECONDS, LONGEST_SECONDS = 2.0, 10.0
REMEMBERED = 200


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Admission(StrEnum):
    """How a call was let in: like any other, or as the one that finds out whether it is over."""

    CALL = "call"
    PROBE = "probe"


class Breaker:
    """Opens after so many `failures` if they are half of what ended in two seconds; rests for `rest` seconds.

    Where less has ended in that time, ten seconds count. With no `failures` it never opens. Any number of threads may
    ask it.
    """

    def __init__(self, failures: int, rest: float) -> None:
        self._failures, self._rest = failures, rest
        self._lock = threading.Lock()
        self._recent: deque[tuple[float, bool]] = deque(maxlen=REMEMBERED)
        self._rests_until = 0.0
        self.state = State.CLOSED

    def admit(self) -> Admission | None:
        """Whether a call may go ahead. Whoever was let in says how it ended (`record`), whatever happens."""
        if self.state is State.CLOSED:
            return Admission.CALL
        with self._lock:
            if self.state is State.OPEN and time.monotonic() >= self._rests_until:
                self.state = State.HALF_OPEN
                return Admission.PROBE
            return None

    def record(self, admission: Admission, *, answered: bool | None) -> None:
        """How a call ended; None if it ended without showing anything of the neighbour.

        Of calls that began before it opened nothing is learnt: only the probe closes it again.
        """
        with self._lock:
            if admission is Admission.PROBE:
                self._end_probe(answered=answered)
            elif self.state is State.CLOSED and answered is not None:
                self._recent.append((time.monotonic(), answered))
                if not answered and self._has_enough():
                    self._open(self._rest)

    def _end_probe(self, *, answered: bool | None) -> None:
        if answered:
            self._recent.clear()
            self.state = State.CLOSED
        else:
            self._open(0 if answered is None else self._rest)

    def _open(self, rest: float) -> None:
        self.state, self._rests_until = State.OPEN, time.monotonic() + rest

    def _has_enough(self) -> bool:
        recent = self._since(RECENT_SECONDS)
        if len(recent) < self._failures:
            recent = self._since(LONGEST_SECONDS)
        return bool(self._failures) and recent.count(False) >= max(self._failures, len(recent) / 2)

    def _since(self, seconds: float) -> list[bool]:
        begin = time.monotonic() - seconds
        return [answered for at, answered in self._recent if at >= begin]
