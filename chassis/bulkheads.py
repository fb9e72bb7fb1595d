"""Bulkheads: so many calls to one neighbour at once, so that a neighbour that hangs does not take every thread along.

After M. Nygard, *Release It!*, 2nd edition, section 5.3. Whoever finds all places taken waits as long as somebody comes
and goes; when nobody has for half a second they hang, and nobody waits for that.
"""

import threading
import time

PATIENCE_SECONDS = 0.5


class Bulkhead:
    """At most `size` at once; with 0 as many as like."""

    def __init__(self, size: int) -> None:
        self.size, self.in_use = size, 0
        self._moved_at = time.monotonic()
        self._changed = threading.Condition()

    def enter(self, seconds: float) -> bool:
        """Whether there was a place within this time. Whoever got one leaves it, whatever happens."""
        ends_at = time.monotonic() + seconds
        with self._changed:
            while self.size and self.in_use >= self.size:
                left = min(ends_at, self._moved_at + PATIENCE_SECONDS) - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            self._move(1)
            return True

    def leave(self) -> None:
        with self._changed:
            self._move(-1)
            self._changed.notify()

    def _move(self, places: int) -> None:
        self.in_use += places
        self._moved_at = time.monotonic()
