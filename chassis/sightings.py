"""What a service tells to whoever draws the map: where it runs, what waits, whom it calls and how that goes."""

from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings

from chassis.outbox import waiting
from chassis.tallies import Traffic
from chassis.topology import SERVICES, topology
from chassis.traffic import seen_by

SCOPE = "observations:read"


@dataclass(frozen=True)
class Sighting:
    """`hosted` are the services of its process, `transports` say how it calls each, `waiting` announcements wait."""

    service: str
    version: str
    hosted: tuple[str, ...]
    transports: dict[str, str]
    waiting: int
    traffic: Traffic

    def as_json(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "version": self.version,
            "hosted": list(self.hosted),
            "transports": self.transports,
            "waiting": self.waiting,
            **self.traffic.as_json(),
        }

    @classmethod
    def of_json(cls, told: Any) -> Self:
        """What a neighbour told. Raises KeyError or TypeError where it is something else."""
        about = {name: told[name] for name in ("service", "version", "transports", "waiting")}
        return cls(**about, hosted=tuple(told["hosted"]), traffic=Traffic.of_json(told))


def sighting(service: str) -> Sighting:
    """What a hosted service tells now."""
    return Sighting(
        service=service,
        version=settings.PRODUCT_VERSION(),
        hosted=topology().hosted,
        transports={name: topology().transport_to(name) for name in SERVICES},
        waiting=waiting(service).count(),
        traffic=seen_by(service),
    )
