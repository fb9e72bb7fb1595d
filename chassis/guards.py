"""What stands between a service and a neighbour, once in each process: circuit breaker, bulkhead and retry budget.

In one process orders and payments have a guard each for calls to users, as they would have in two.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings

from chassis import observations
from chassis.breakers import Admission, Breaker, State
from chassis.bulkheads import Bulkhead
from chassis.protections import Protection
from chassis.retries import RetryBudget

logger = logging.getLogger("tearline")


class Rejected(Exception):
    """The call is not made. `outcome` says why: `open_circuit` or `no_room`."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


class Trial:
    """One try that was let in. `answered` stays None where it shows nothing of the neighbour."""

    answered: bool | None = None


class Guard:
    """The calls of `caller` to `neighbour`, over whichever transport."""

    def __init__(self, caller: str, neighbour: str, protection: Protection) -> None:
        self.caller, self.neighbour, self.protection = caller, neighbour, protection
        self.breaker = Breaker(protection.failures, protection.rest)
        self.bulkhead = Bulkhead(protection.calls)
        self.budget = RetryBudget(protection.budget)

    @contextmanager
    def trying(self, seconds: float) -> Iterator[Trial]:
        """Let one try in, within this time. Raises Rejected; whoever is let in says whether it was `answered`."""
        if not self.bulkhead.enter(seconds):
            raise Rejected("no_room", f"all {self.bulkhead.size} calls that may be under way at once hang")
        try:
            admission = self.breaker.admit()
            if admission is None:
                raise Rejected("open_circuit", "it did not answer the last calls, and is asked again in a moment")
            trial = Trial()
            try:
                yield trial
            finally:
                self._record(admission, trial)
        finally:
            self.bulkhead.leave()

    def _record(self, admission: Admission, trial: Trial) -> None:
        before = self.breaker.state
        self.breaker.record(admission, answered=trial.answered)
        if self.breaker.state is not before:
            self._tell(self.breaker.state)

    def _tell(self, state: State) -> None:
        observations.breaker_changed(self.caller, self.neighbour, state)
        told = "does not answer: it is not asked for a while" if state is State.OPEN else "answers again"
        logger.log(
            logging.WARNING if state is State.OPEN else logging.INFO, "%s → %s: %s", self.caller, self.neighbour, told
        )


_guards: dict[tuple[str, str], Guard] = {}


def guard(caller: str, neighbour: str) -> Guard:
    """The guard of these calls, the same for all threads of this process."""
    found = _guards.get((caller, neighbour))
    return found or _guards.setdefault((caller, neighbour), Guard(caller, neighbour, settings.CALLS[neighbour]))


def known() -> Iterable[Guard]:
    """Every guard that was needed so far."""
    return tuple(_guards.values())
