"""The service map: who runs where and who calls whom, as it was observed, compared with what is declared."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any

from chassis.sightings import Sighting
from chassis.tallies import CallKind, Tally, together
from chassis.topology import SERVICES, topology
from config.declarations import declared, upkeep
from config.distances import remote_milliseconds
from config.lookouts import Heard, Lookout, Question
from config.questions import COMMAND_PATIENCE_SECONDS, ask_running_server, sightings
from config.routes import VERSIONS
from config.splits import Split, splits
from config.surveys import lookout

REMOTE = "remote"
FAILING_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """One service: `together` are those of its process, itself among them; `reason` says why it tells nothing."""

    service: str
    together: tuple[str, ...]
    version: str
    api_versions: tuple[str, ...]
    waiting: int | None
    reason: str


@dataclass(frozen=True)
class KnownCall:
    """A call that is declared or was seen. `notes` say what somebody should look at.

    Quantiles are milliseconds; `transport` is empty until it is seen.
    """

    caller: str
    neighbour: str
    method: str
    route: str
    transport: str
    is_declared: bool
    is_upkeep: bool
    count: int
    p50: float | None
    p95: float | None
    refused: int
    failed: int
    outcomes: dict[str, int]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.caller} → {self.neighbour} {self.method} {self.route}"


@dataclass(frozen=True)
class Arrow:
    """All calls of one service to another that are more than upkeep; `breaker` is as it stands in their processes."""

    caller: str
    neighbour: str
    transport: str
    count: int
    p50: float | None
    p95: float | None
    breaker: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ServiceMap:
    """All of it. `remote_milliseconds` is what a call over HTTP costs here, None where that could not be measured."""

    places: tuple[Place, ...]
    calls: tuple[KnownCall, ...]
    arrows: tuple[Arrow, ...]
    splits: tuple[Split, ...]
    remote_milliseconds: float | None

    @property
    def is_told(self) -> bool:
        """Whether any service told what it saw."""
        return not all(place.reason for place in self.places)

    @property
    def undeclared(self) -> list[KnownCall]:
        return [call for call in self.calls if not call.is_declared]

    @property
    def alarms(self) -> list[str]:
        """What is wrong, in words."""
        return [f"{arrow.caller} → {arrow.neighbour}: {', '.join(arrow.notes)}" for arrow in self.arrows if arrow.notes]


def map_of(heard: Mapping[str, Heard]) -> ServiceMap:
    """The map that the answers make: sightings by the name of their service, and what a remote call costs."""
    seen: dict[str, Sighting] = {name: heard[name].answer for name in SERVICES if name in heard and heard[name].answer}
    calls = tuple(_calls(seen))
    remote = heard[REMOTE].answer if REMOTE in heard else None
    groups = _groups(seen)
    return ServiceMap(
        places=tuple(_place(name, groups[name], seen.get(name), heard.get(name)) for name in SERVICES),
        calls=calls,
        arrows=tuple(_arrow(*pair, calls, seen) for pair in permutations(SERVICES, 2)),
        splits=splits(groups, seen, [call.name for call in calls if not call.is_declared], remote),
        remote_milliseconds=remote,
    )


def _asked_by_server() -> dict[str, Question]:
    """Those that are not well are not asked once more."""
    unwell = lookout.look().unwell
    return {**sightings([name for name in SERVICES if name not in unwell]), REMOTE: remote_milliseconds}


def _asked_by_command() -> dict[str, Question]:
    """A command serves nothing and has seen nothing: it asks whoever does, over HTTP."""
    return {**{name: partial(ask_running_server, name) for name in SERVICES}, REMOTE: remote_milliseconds}


cartographer = Lookout(_asked_by_server, map_of)
visiting_cartographer = Lookout(_asked_by_command, map_of, COMMAND_PATIENCE_SECONDS)


def _groups(seen: Mapping[str, Sighting]) -> dict[str, tuple[str, ...]]:
    """With whom each service shares its process. While one is being cut out, two processes may host it."""
    hosted = {name: seen[name].hosted if name in seen else _assumed(name) for name in SERVICES}
    return {name: tuple(one for one in SERVICES if hosted[one] == hosted[name]) for name in SERVICES}


def _assumed(service: str) -> tuple[str, ...]:
    return topology().hosted if topology().hosts(service) else (service,)


def _place(service: str, group: tuple[str, ...], seen: Sighting | None, heard: Heard | None) -> Place:
    return Place(
        service=service,
        together=group,
        version=seen.version if seen else "",
        api_versions=VERSIONS[service],
        waiting=seen.waiting if seen else None,
        reason=heard.reason if heard else "not asked, because it is not well",
    )


def _calls(seen: Mapping[str, Sighting]) -> Iterator[KnownCall]:
    """Every call, seen or declared, by caller and neighbour; upkeep only where it was seen."""
    for caller, neighbour in permutations(SERVICES, 2):
        tallies = _tallies(seen.get(caller), neighbour)
        wanted = declared(caller, neighbour)
        for kind, tally in tallies.items():
            yield _known(kind, tally)
        met = {kind.name for kind in tallies}
        for method, route in (call.split() for call in wanted if call not in met):
            yield _known(CallKind(caller, neighbour, method, route, ""), Tally())


def _tallies(seen: Sighting | None, neighbour: str) -> dict[CallKind, Tally]:
    found = seen.traffic.calls.items() if seen else ()
    return {kind: tally for kind, tally in sorted(found, key=_order) if kind.neighbour == neighbour}


def _order(found: tuple[CallKind, Tally]) -> Any:
    return found[0].route, found[0].method, found[0].transport


def _known(kind: CallKind, tally: Tally) -> KnownCall:
    is_upkeep = kind.name in upkeep(kind.neighbour)
    is_declared = is_upkeep or kind.name in declared(kind.caller, kind.neighbour)
    told = {"not declared": not is_declared, "failing": time.time() - tally.failed_at < FAILING_SECONDS}
    return KnownCall(
        **kind._asdict(),
        is_declared=is_declared,
        is_upkeep=is_upkeep,
        count=tally.count,
        p50=tally.p50,
        p95=tally.p95,
        refused=tally.refused,
        failed=tally.failed,
        outcomes=tally.outcomes,
        notes=tuple(note for note, is_so in told.items() if is_so),
    )


def _arrow(caller: str, neighbour: str, calls: Iterable[KnownCall], seen: Mapping[str, Sighting]) -> Arrow:
    """Upkeep is not drawn, but when it fails it is told of."""
    between = [call for call in calls if (call.caller, call.neighbour) == (caller, neighbour)]
    drawn = together(
        tally for kind, tally in _tallies(seen.get(caller), neighbour).items() if kind.name not in upkeep(neighbour)
    )
    breaker = _breaker(seen.get(caller), neighbour)
    words = dict.fromkeys(note for call in between for note in call.notes)
    return Arrow(
        caller=caller,
        neighbour=neighbour,
        transport=seen[caller].transports.get(neighbour, "") if caller in seen else "",
        count=drawn.count,
        p50=drawn.p50,
        p95=drawn.p95,
        breaker=breaker,
        notes=(*words, *([f"breaker {breaker}"] if breaker.startswith(("open", "half")) else [])),
    )


def _breaker(seen: Sighting | None, neighbour: str) -> str:
    """`closed`, `open`, `half open`; `open in 1 of 3` where there are several processes; empty if none was needed."""
    states = [one["state"] for one in seen.traffic.breakers if one["neighbour"] == neighbour] if seen else []
    for state in ("open", "half_open"):
        if state in states:
            word = state.replace("_", " ")
            return word if len(states) == 1 else f"{word} in {states.count(state)} of {len(states)}"
    return "closed" if states else ""
