"""The service map as a drawing: where on the sheet each service, each process and each arrow has its place."""

from dataclasses import dataclass

from chassis.topology import SERVICES
from config.maps import Arrow, Place, ServiceMap
from config.surveys import Survey
from config.tables import milliseconds

WIDTH, HEIGHT = 900, 480
BOX_WIDTH, BOX_HEIGHT = 190, 84
MARGIN = 34
CORNERS = {"users": (55, 330), "orders": (355, 66), "payments": (655, 330)}
# From where to where, and where its words stand: on its left as it flies, so that no two arrows share a line.
FLIGHTS = {
    ("users", "orders"): (178, 330, 378, 150, 244, 232, "end"),
    ("orders", "users"): (414, 150, 214, 330, 334, 254, "start"),
    ("orders", "payments"): (522, 150, 722, 330, 656, 232, "start"),
    ("payments", "orders"): (686, 330, 486, 150, 566, 254, "end"),
    ("users", "payments"): (245, 358, 655, 358, 450, 332, "middle"),
    ("payments", "users"): (655, 388, 245, 388, 450, 408, "middle"),
}
LINE = 17
KINDS = ("in_process", "http", "never", "alarm")


@dataclass(frozen=True)
class Rectangle:
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Box:
    """A service on the sheet, and what stands in it."""

    name: str
    at: Rectangle
    is_well: bool
    words: str

    @property
    def middle(self) -> int:
        return self.at.x + self.at.width // 2


@dataclass(frozen=True)
class Process:
    """The services of one process, with a frame around them; its name stands where no arrow comes in."""

    name: str
    at: Rectangle

    @property
    def word_y(self) -> int:
        is_above = self.at.y < HEIGHT // 2
        return self.at.y + (21 if is_above else self.at.height - 11)


@dataclass(frozen=True)
class Flight:
    """An arrow on the sheet; `words` stand beside it, a line each, from `word_y` down."""

    arrow: Arrow
    x1: int
    y1: int
    x2: int
    y2: int
    word_x: int
    words: tuple[tuple[int, str], ...]
    anchor: str

    @property
    def kind(self) -> str:
        """How it is drawn: as an alarm, as never seen, or as one that travels like this."""
        if self.arrow.notes:
            return "alarm"
        return self.arrow.transport if self.arrow.count else "never"


@dataclass(frozen=True)
class Drawing:
    """The whole sheet, and the same in a sentence for those who do not see it."""

    processes: tuple[Process, ...]
    boxes: tuple[Box, ...]
    flights: tuple[Flight, ...]
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    kinds: tuple[str, ...] = KINDS


def drawing(survey: Survey, service_map: ServiceMap) -> Drawing:
    """The map of these services as they are now."""
    health = {finding.service: finding.health.is_well for finding in survey.services}
    groups = dict.fromkeys(place.together for place in service_map.places)
    return Drawing(
        processes=tuple(_process(group) for group in groups),
        boxes=tuple(_box(place, is_well=health[place.service]) for place in service_map.places),
        flights=tuple(_flight(arrow) for arrow in service_map.arrows),
        words=_words(groups, service_map),
    )


def _process(group: tuple[str, ...]) -> Process:
    corners = [CORNERS[service] for service in group]
    left, top = (min(corner[side] for corner in corners) for side in (0, 1))
    right, bottom = (max(corner[side] for corner in corners) for side in (0, 1))
    width, height = right - left + BOX_WIDTH + 2 * MARGIN, bottom - top + BOX_HEIGHT + 2 * MARGIN
    name = "One process" if len(group) == len(SERVICES) else f"Process of {' and '.join(group)}"
    return Process(name, Rectangle(left - MARGIN, top - MARGIN, width, height))


def _box(place: Place, *, is_well: bool) -> Box:
    waiting = "" if place.waiting is None else f"{place.waiting} waiting"
    words = [place.version, waiting] if is_well else ["not well"]
    return Box(
        name=place.service,
        at=Rectangle(*CORNERS[place.service], BOX_WIDTH, BOX_HEIGHT),
        is_well=is_well,
        words=" · ".join(filter(None, words)),
    )


def _flight(arrow: Arrow) -> Flight:
    x1, y1, x2, y2, word_x, word_y, anchor = FLIGHTS[arrow.caller, arrow.neighbour]
    numbers = f"{milliseconds(arrow.p50)} / {milliseconds(arrow.p95)} ms" if arrow.count else ""
    words = [word for word in (numbers, *arrow.notes) if word]
    lines = tuple((word_y + LINE * row, word) for row, word in enumerate(words))
    return Flight(arrow, x1, y1, x2, y2, word_x, lines, anchor)


def _words(groups: dict[tuple[str, ...], None], service_map: ServiceMap) -> str:
    where = "; ".join(f"{' and '.join(group)} in {'one process' if group[1:] else 'a process'}" for group in groups)
    seen = ", ".join(f"{one.caller} to {one.neighbour}" for one in service_map.arrows if one.count) or "none"
    alarms = "; ".join(service_map.alarms) or "none"
    return f"Where they run: {where}. Calls seen: {seen}. To look at: {alarms}. The tables below say all of it."
