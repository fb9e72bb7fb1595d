"""Whether a service is ready to be split from its process: which calls would go over the network, and what they cost.

That no call is made within a transaction need not be looked for: such a call is refused in every topology
(`chassis/transactions.py`), so what is seen here holds after a split.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chassis.sightings import Sighting
from chassis.tallies import RequestKind, RequestTally
from chassis.topology import SERVICES
from config.declarations import upkeep

# A route that makes more calls than this for one request asks for one call that does as much.
CHATTY_CALLS = 3


@dataclass(frozen=True)
class Route:
    """One route, what it calls and what it would cost: `moved` of the `calls` for a request would go over HTTP.

    Milliseconds, per request; None where nothing was measured.
    """

    service: str
    method: str
    path: str
    count: int
    calls: float
    most: int
    moved: float
    is_chatty: bool
    p50: float | None
    cost: float | None
    predicted_p50: float | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Split:
    """One service, cut out of its process. `leaving` and `entering` are calls that now stay within it.

    `remote` are calls that are over HTTP already; `obstacles` say what should be seen to first.
    """

    service: str
    together: tuple[str, ...]
    leaving: tuple[str, ...]
    entering: tuple[str, ...]
    remote: tuple[str, ...]
    routes: tuple[Route, ...]
    obstacles: tuple[str, ...]

    @property
    def is_alone(self) -> bool:
        """Whether it has a process of its own already."""
        return not self.mates

    @property
    def mates(self) -> list[str]:
        """With whom it shares its process."""
        return [name for name in self.together if name != self.service]


def splits(
    groups: Mapping[str, tuple[str, ...]],
    seen: Mapping[str, Sighting],
    undeclared: list[str],
    remote_milliseconds: float | None,
) -> tuple[Split, ...]:
    """A report for each service, from what was seen of calls and requests."""
    return tuple(_split(name, groups[name], seen, undeclared, remote_milliseconds) for name in SERVICES)


def _split(
    service: str,
    group: tuple[str, ...],
    seen: Mapping[str, Sighting],
    undeclared: list[str],
    remote_milliseconds: float | None,
) -> Split:
    routes = tuple(_routes(service, group, seen, remote_milliseconds))
    within = [call for call in _touching(service, seen) if call[2] == "in_process"]
    return Split(
        service=service,
        together=group,
        leaving=tuple(name for caller, name, _ in within if caller == service),
        entering=tuple(name for caller, name, _ in within if caller != service),
        remote=tuple(name for _, name, transport in _touching(service, seen) if transport == "http"),
        routes=routes,
        obstacles=tuple(_obstacles(service, routes, undeclared)),
    )


def _touching(service: str, seen: Mapping[str, Sighting]) -> list[tuple[str, str, str]]:
    """Caller, name and transport of each call that this service makes or answers, upkeep left out."""
    return [
        (kind.caller, f"{kind.caller} → {kind.neighbour} {kind.name}", kind.transport)
        for sighting in seen.values()
        for kind in sorted(sighting.traffic.calls)
        if service in {kind.caller, kind.neighbour} and kind.name not in upkeep(kind.neighbour)
    ]


def _routes(
    service: str, group: tuple[str, ...], seen: Mapping[str, Sighting], remote_milliseconds: float | None
) -> Iterator[Route]:
    """Its own routes that call somebody, and those of others that call it."""
    for sighting in seen.values():
        for kind, tally in sorted(sighting.traffic.requests.items()):
            if tally.calls and (kind.service == service or service in tally.calls_to):
                moved = sum(
                    calls
                    for neighbour, calls in tally.calls_to.items()
                    if _is_torn(service, group, sighting, neighbour)
                )
                yield _route(kind, tally, moved / tally.count, remote_milliseconds)


def _is_torn(service: str, group: tuple[str, ...], caller: Sighting, neighbour: str) -> bool:
    """Whether a call that is in process now would go over HTTP if the service left."""
    is_of_service = service in {caller.service, neighbour} and {caller.service, neighbour} <= {*group}
    return is_of_service and caller.transports.get(neighbour) == "in_process"


def _route(kind: RequestKind, tally: RequestTally, moved: float, remote_milliseconds: float | None) -> Route:
    p50, cost = tally.p50, _cost(moved, remote_milliseconds)
    return Route(
        service=kind.service,
        method=kind.method,
        path=kind.route,
        count=tally.count,
        calls=round(tally.calls / tally.count, 2),
        most=tally.most,
        moved=round(moved, 2),
        is_chatty=tally.most > CHATTY_CALLS,
        p50=p50,
        cost=cost,
        predicted_p50=None if p50 is None or cost is None else round(p50 + cost, 2),
    )


def _cost(moved: float, remote_milliseconds: float | None) -> float | None:
    """Where nothing moves, nobody needs to have measured what that costs."""
    if not moved:
        return 0.0
    return None if remote_milliseconds is None else round(moved * remote_milliseconds, 2)


def _obstacles(service: str, routes: tuple[Route, ...], undeclared: list[str]) -> Iterator[str]:
    for route in routes:
        if route.is_chatty:
            yield f"{route.name} made {route.most} calls for one request; {CHATTY_CALLS} are few enough"
    for call in undeclared:
        if service in call.split()[:3:2]:
            yield f"{call} is not declared"
