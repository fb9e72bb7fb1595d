"""How the product is right now, as this process sees it: which service is where, who answers, how quickly."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connections

from chassis.topology import SERVICES, Transport, topology
from config.lookouts import Heard, Lookout
from config.questions import questions
from config.versions import product_version


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


def survey_of(heard: Mapping[str, Heard]) -> Survey:
    """The picture that the answers to `questions` make."""
    valkey = heard.get("valkey")
    return Survey(
        public_url=topology().public_url,
        runtime=Runtime(product_version(), platform.python_version(), settings.DEBUG),
        services=tuple(_finding(service, _health(heard[service])) for service in SERVICES),
        valkey=_health(valkey) if valkey else None,
    )


lookout = Lookout(questions, survey_of)


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


def _health(heard: Heard) -> Health:
    return Health(not heard.reason, heard.milliseconds, heard.reason, heard.answer)
