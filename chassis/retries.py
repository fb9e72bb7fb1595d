"""Trying again: after a random while (full jitter), and only as long as the neighbour's budget lasts.

The pauses are those of M. Brooker, *Exponential Backoff and Jitter* (AWS Architecture Blog, 2015); the budget, a bucket
that calls fill and retries empty, is that of Finagle (RetryBudget), so that retries never multiply an outage.
"""

import random
import threading

FIRST_SECONDS = 0.05
LONGEST_SECONDS = 1.0
# Enough for a few calls after a quiet time, when none has filled the bucket.
RESERVE = 10.0


class RetryBudget:
    """Each call allows for a `share` of a retry; what is saved is ten at most."""

    def __init__(self, share: float) -> None:
        self._share, self._saved = share, RESERVE
        self._lock = threading.Lock()

    def fill(self) -> None:
        """A call is made."""
        with self._lock:
            self._saved = min(RESERVE, self._saved + self._share)

    def spend(self) -> bool:
        """Whether one more try is allowed."""
        with self._lock:
            is_enough = self._saved >= 1
            self._saved -= is_enough
            return is_enough


def pause(tries: int, *, at_least: float = 0.0) -> float:
    """How many seconds to wait after so many tries; what the neighbour asked for (`Retry-After`) at least."""
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (tries - 1))
    return max(at_least, random.uniform(0, longest))  # noqa: S311  no secret
