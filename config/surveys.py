"""How the product is right now, as this process sees it: which service is where, who answers, how quickly."""

import platform
import threading
import time
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connections

from chassis import context
from chassis.calls import CallFailed
from chassis.topology import SERVICES, Transport, topology
from config.questions import CALL_SECONDS, Question, questions
from config.versions import product_version

FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 1.0


@dataclass(frozen=True)
class Health:
    """What came of asking; `reason` says why it is not well, `waiting` how many announcements are not yet delivered."""

    is_well: bool
    milliseconds: int
    reason: str = ""
    waiting: int | None = None


@dataclass(frozen=True)
class Finding:
    """One service: here, or at `url`; reached by `transport`; `database` is known only where it is hosted."""

    service: str
    is_here: bool
    url: str
    transport: Transport
    database: str
    health: Health


@dataclass(frozen=True)
class Runtime:
    """What this process is made of."""

    version: str
    python: str
    debug: bool


@dataclass(frozen=True)
class Survey:
    """The whole picture. It holds no secret, but where things run is for staff alone."""

    public_url: str
    runtime: Runtime
    services: tuple[Finding, ...]
    valkey: Health | None

    @property
    def unwell(self) -> list[str]:
        """The names of what is not well."""
        names = [finding.service for finding in self.services if not finding.health.is_well]
        return [*names, "valkey"] if self.valkey and not self.valkey.is_well else names


class Lookout:
    """Surveys for many visitors: all are asked at the same time, and nobody twice within a second.

    A question that hangs is left to a thread of its own, and not asked again before it has ended.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, Future[Health]] = {}
        self._latest: tuple[float, Survey] | None = None

    def survey(self) -> Survey:
        """How everything is, at most a second ago; it takes a second at most, whoever hangs."""
        with self._lock:
            if self._latest is None or time.monotonic() - self._latest[0] >= FRESH_SECONDS:
                survey = _survey(self._ask_all(questions()))
                self._latest = time.monotonic(), survey
            return self._latest[1]

    def _ask_all(self, asking: dict[str, Question]) -> dict[str, Health]:
        for name, question in asking.items():
            if name not in self._asked or self._asked[name].done():
                self._asked[name] = _ask(question)
        wait([self._asked[name] for name in asking], timeout=PATIENCE_SECONDS)
        return {name: _heard(self._asked[name]) for name in asking}


lookout = Lookout()


def _survey(heard: dict[str, Health]) -> Survey:
    return Survey(
        public_url=topology().public_url,
        runtime=Runtime(product_version(), platform.python_version(), settings.DEBUG),
        services=tuple(_finding(service, heard[service]) for service in SERVICES),
        valkey=heard.get("valkey"),
    )


def _finding(service: str, health: Health) -> Finding:
    is_here = topology().hosts(service)
    return Finding(
        service=service,
        is_here=is_here,
        url="" if is_here else topology().urls[service],
        transport=topology().transport_to(service),
        database=connections[service].vendor if is_here else "",
        health=health,
    )


def _ask(question: Question) -> Future[Health]:
    """Ask in a thread that dies with the process, so that a question which hangs keeps nobody from stopping."""
    future: Future[Health] = Future()
    # Not the request's own deadline: others are shown the answer too.
    asking = replace(context.for_work(context.current().request_id), deadline=time.monotonic() + CALL_SECONDS)

    def run() -> None:
        with context.entered(asking):
            future.set_result(_health(question))

    threading.Thread(target=run, name="survey", daemon=True).start()
    return future


def _health(question: Question) -> Health:
    started = time.monotonic()
    try:
        waiting, reason, is_well = question(), "", True
    except CallFailed as failure:
        waiting, reason, is_well = None, failure.reason, False
    except Exception as exc:  # noqa: BLE001  whatever went wrong is what was found
        waiting, reason, is_well = None, _first_line(exc), False
    return Health(is_well, round((time.monotonic() - started) * 1000), reason, waiting)


def _heard(answer: Future[Health]) -> Health:
    if answer.done():
        return answer.result()
    return Health(
        is_well=False, milliseconds=round(PATIENCE_SECONDS * 1000), reason=f"no answer in {PATIENCE_SECONDS} s"
    )


def _first_line(exc: Exception) -> str:
    """What drivers say first; the rest is advice. They name hosts and users, and no password."""
    lines = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {lines[0]}" if lines else type(exc).__name__
