"""Counting in the memory of one process: moving windows, exact, and as quick however many there are.

The storage of `limits` for memory starts a thread with nearly every request that it counts, and looks at every entry.
"""

import time
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

SWEPT_AFTER = 1000  # requests


@dataclass
class _Window:
    seconds: float
    hits: deque[float] = field(default_factory=deque)

    def slide(self, now: float) -> None:
        while self.hits and self.hits[0] <= now - self.seconds:
            self.hits.popleft()


class Windows:
    """What was counted in the windows of this process, by the name of each."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._lock = Lock()
        self._counted = 0

    def hit(self, name: str, count: int, seconds: int) -> tuple[bool, float, int]:
        """Whether there was room for one more of `count`, when there is more room, and how much is left now."""
        now = time.time()
        with self._lock:
            self._sweep(now)
            window = self._windows.setdefault(name, _Window(seconds))
            window.slide(now)
            has_room = len(window.hits) < count
            if has_room:
                window.hits.append(now)
            return has_room, window.hits[0] + seconds, count - len(window.hits)

    def _sweep(self, now: float) -> None:
        """Forget the windows in which nothing is left, now and then."""
        self._counted += 1
        if self._counted % SWEPT_AFTER:
            return
        for name, window in list(self._windows.items()):
            window.slide(now)
            if not window.hits:
                del self._windows[name]
