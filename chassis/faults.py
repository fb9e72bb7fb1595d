"""Faults on purpose, so that what can go wrong between services goes wrong in every topology, and can be tested.

They happen around a try of a call, outside its transport. Which try is struck depends on the plan and on how many
came before it in this process, on nothing else.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import requests
from django.conf import settings

from chassis import kills
from chassis.context import ON_BEHALF_OF
from chassis.fault_kinds import KINDS, Try
from chassis.fault_plans import Fault, Plan, WrongPlan, read_plan
from chassis.observations import route_of

# Of so many questions the answers are kept, to be given once more.
KEPT_ANSWERS = 1000

Question = tuple[str, str, str | None, str | None]
logger = logging.getLogger("tearline")


class PlannedCrash(Exception):
    """Raised by a view because the faults file says so."""


def deliver(
    caller: str,
    neighbour: str,
    request: requests.PreparedRequest,
    send: Callable[[], requests.Response],
    seconds: float,
) -> requests.Response:
    """What comes of one try of a call, which has `seconds`: what `send` answers or raises, unless a fault is planned.

    A fault raises what `requests` raises. To a service that is down nothing is delivered.
    """
    if not settings.FAULTS_FILE:
        return send()
    with kills.around(caller, f"call {request.method} {neighbour} {route_of(request.path_url)}"):
        course = _planned.course()
        if neighbour in course.plan.down:
            raise requests.ConnectionError("down, as planned")
        return course.deliver(caller, neighbour, request, Try(send, seconds))


def crash_if_planned(path: str) -> None:
    """Raise PlannedCrash if the view at `path` shall break."""
    if settings.FAULTS_FILE and path.startswith(_planned.course().plan.crash):
        raise PlannedCrash(path)


class Course:
    """A plan being carried out: how often each caller met each fault, and what was answered before."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._keeps = any(fault.kind == "stale_answer" for fault in plan.faults)
        self._kept: dict[Question, requests.Response] = {}
        self._met: Counter[tuple[int, str]] = Counter()
        self._struck: Counter[tuple[int, str]] = Counter()
        self._lock = threading.Lock()

    def deliver(self, caller: str, neighbour: str, request: requests.PreparedRequest, one: Try) -> requests.Response:
        """What comes of this try. Of several faults that strike it, the first of the plan is the outermost."""
        if self._keeps and request.method == "GET":
            question = (caller, neighbour, request.url, request.headers.get(ON_BEHALF_OF))
            one = replace(one, send=partial(self._keep, question, one), before=self._kept.get(question))
        may_be_stale = one.before is not None
        struck = self._strike(caller, neighbour, str(request.method), route_of(request.path_url), stale=may_be_stale)
        for fault in reversed(list(struck)):
            one = replace(one, send=partial(KINDS[fault.kind], fault, one))
        return one.send()

    def _strike(self, caller: str, neighbour: str, method: str, route: str, *, stale: bool) -> Iterator[Fault]:
        """The faults that strike such a try; each is counted whatever the others do."""
        for number, fault in enumerate(self.plan.faults):
            is_met = fault.concerns(caller, neighbour, method, route) and (stale or fault.kind != "stale_answer")
            if is_met and self._strikes(number, caller):
                logger.info("as planned, %s: %s → %s %s %s", fault.kind, caller, neighbour, method, route)
                yield fault

    def _strikes(self, number: int, caller: str) -> bool:
        times, counted = self.plan.faults[number].times, (number, caller)
        with self._lock:
            self._met[counted] += 1
            is_left = times is None or self._struck[counted] < times
            strikes = is_left and self.plan.strikes(number, caller, self._met[counted])
            self._struck[counted] += strikes
        return strikes

    def _keep(self, question: Question, one: Try) -> requests.Response:
        response = one.deliver()
        if response.status_code == 200 and (question in self._kept or len(self._kept) < KEPT_ANSWERS):
            self._kept[question] = response
        return response


class Planned:
    """What the file says now: it is read again when it has changed, and its course begins anew."""

    def __init__(self) -> None:
        self._course = Course(Plan())
        self._seen: tuple[object, ...] = ()
        self._lock = threading.Lock()

    def course(self) -> Course:
        """The course of the newest plan that could be read."""
        file = Path(settings.FAULTS_FILE)
        with self._lock:
            seen = _state(file)
            if seen != self._seen:
                self._seen = seen
                self._read(file)
            return self._course

    def _read(self, file: Path) -> None:
        try:
            self._course = Course(read_plan(file))
        except WrongPlan as wrong:
            logger.error("FAULTS_FILE is wrong, so what was planned before stays: %s", wrong)  # noqa: TRY400


def _state(file: Path) -> tuple[object, ...]:
    try:
        found = file.stat()
    except OSError:
        return (file,)
    return (file, found.st_ino, found.st_mtime_ns, found.st_size)


_planned = Planned()
