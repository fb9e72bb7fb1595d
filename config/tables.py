"""The service map in rows of words: the page and the terminal show the same."""

from collections.abc import Iterator
from dataclasses import dataclass

from chassis.topology import SERVICES
from config.maps import Arrow, KnownCall, Place, ServiceMap
from config.splits import Route, Split

NOTHING = "-"
TRANSPORTS = {"http": "HTTP", "in_process": "in process", "": "never seen"}


@dataclass(frozen=True)
class Row:
    """The cells of a row, its `services`, and whether its last cell tells of something to look at."""

    cells: tuple[str, ...]
    services: tuple[str, ...]
    is_alarming: bool = False
    is_quiet: bool = False

    @property
    def marks(self) -> str:
        """By which a style sheet knows it."""
        quiet = ["quiet"] if self.is_quiet else []
        return " ".join([*(f"of-{service}" for service in self.services), *quiet])


@dataclass(frozen=True)
class Table:
    """`id` names it for links, `name` is what people call it; `numbers` are columns that stand on the right."""

    id: str
    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numbers: frozenset[str] = frozenset()


def table_of_places(service_map: ServiceMap) -> Table:
    """Where each service runs, and how it reaches each other one."""
    arrows = {(arrow.caller, arrow.neighbour): arrow for arrow in service_map.arrows}
    columns = ("Service", "Process of", "Version", "API", "Waiting", *(f"Calls {name}" for name in SERVICES))
    return Table(
        id="places",
        name="Where each service runs",
        columns=columns,
        rows=tuple(_place(place, arrows) for place in service_map.places),
        numbers=frozenset({"Waiting"}),
    )


def tables_of_calls(service_map: ServiceMap) -> list[Table]:
    """Whom each service asks for what, and how that goes."""
    return [
        Table(
            id=f"calls-of-{service}",
            name=f"Calls made by {service}",
            columns=("Asks", "What", "How", "Calls", "p50", "p95", "Refused", "Failed", "To look at"),
            rows=tuple(_call(call) for call in service_map.calls if call.caller == service),
            numbers=frozenset({"Calls", "p50", "p95", "Refused", "Failed"}),
        )
        for service in SERVICES
    ]


def table_of_split(split: Split) -> Table:
    """What a split would do to each route that it touches."""
    return Table(
        id=f"split-of-{split.service}",
        name=f"Routes that a split of {split.service} touches",
        columns=("Route", "Requests", "Calls each", "Most", "Moved each", "p50", "Cost", "p50 after", "To look at"),
        rows=tuple(_route(route) for route in split.routes),
        numbers=frozenset({"Requests", "Calls each", "Most", "Moved each", "p50", "Cost", "p50 after"}),
    )


def sentences_of_split(split: Split) -> Iterator[str]:
    """What the report says besides."""
    if split.is_alone:
        yield "It has a process of its own: each of its calls is over HTTP already."
    else:
        yield f"It shares a process with {' and '.join(split.mates)}."
        yield f"Calls that would leave the process: {_listed(split.leaving)}."
        yield f"Calls that would come into it: {_listed(split.entering)}."
        yield f"Calls that are over HTTP already: {_listed(split.remote)}."
    yield f"To be seen to first: {_listed(split.obstacles)}."


def sentence_of_cost(service_map: ServiceMap) -> str:
    """What a call costs over the network, and what need not be asked."""
    cost = service_map.remote_milliseconds
    measured = (
        "What a call over HTTP costs here could not be measured now."
        if cost is None
        else f"A call over HTTP costs {milliseconds(cost)} ms here: the median of asking /livez over a kept connection."
    )
    return f"{measured} No call is made within a transaction: it would be refused in every topology."


def milliseconds(number: float | None) -> str:
    """As people read it: three digits are enough."""
    if number is None:
        return NOTHING
    return f"{number:.1f}" if number < 100 else f"{number:.0f}"


def _place(place: Place, arrows: dict[tuple[str, str], Arrow]) -> Row:
    ways = (_way(arrows.get((place.service, name))) for name in SERVICES)
    waiting = NOTHING if place.waiting is None else str(place.waiting)
    about = (place.service, ", ".join(place.together), place.version or NOTHING, ", ".join(place.api_versions), waiting)
    return Row((*about, *ways), (place.service,))


def _way(arrow: Arrow | None) -> str:
    if arrow is None or not arrow.transport:
        return NOTHING
    return TRANSPORTS[arrow.transport] + (f", breaker {arrow.breaker}" if arrow.breaker else "")


def _call(call: KnownCall) -> Row:
    outcomes = [f"{outcome}: {count}" for outcome, count in call.outcomes.items()]
    cells = (
        call.neighbour,
        f"{call.method} {call.route}",
        TRANSPORTS[call.transport],
        str(call.count),
        milliseconds(call.p50),
        milliseconds(call.p95),
        str(call.refused),
        str(call.failed),
        ", ".join([*call.notes, *outcomes]),
    )
    return Row(cells, (call.caller, call.neighbour), is_alarming=bool(call.notes), is_quiet=call.is_upkeep)


def _route(route: Route) -> Row:
    cells = (
        route.name,
        str(route.count),
        f"{route.calls:g}",
        str(route.most),
        f"{route.moved:g}",
        milliseconds(route.p50),
        milliseconds(route.cost),
        milliseconds(route.predicted_p50),
        "chatty" if route.is_chatty else "",
    )
    return Row(cells, (route.service,), is_alarming=route.is_chatty)


def _listed(names: tuple[str, ...]) -> str:
    return "; ".join(names) or "none"
