"""What is counted of the calls and requests of one kind: how often, what went wrong, how long the last ones took."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, Self

SAMPLE = 100
# Whoever counts by method counts these; what else is sent as one is none.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class CallKind(NamedTuple):
    """Which call: `route` is its path with `{id}` in the place of each id."""

    caller: str
    neighbour: str
    method: str
    route: str
    transport: str

    @property
    def name(self) -> str:
        """As it is declared: `GET /v1/payments/{id}`."""
        return f"{self.method} {self.route}"


class RequestKind(NamedTuple):
    """Which request, by its route: `/v2/orders/{id}/pay`."""

    service: str
    method: str
    route: str


@dataclass(slots=True)
class Tally:
    """`outcomes` are those that are no success, `failed_at` when one last was a failure, `latest` are microseconds.

    A refusal (4xx) is a neighbour's good right: it is an outcome, and no failure.
    """

    count: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    failed_at: float = 0.0
    latest: deque[int] = field(default_factory=lambda: deque(maxlen=SAMPLE))

    @property
    def refused(self) -> int:
        return sum(count for outcome, count in self.outcomes.items() if outcome.startswith("4"))

    @property
    def failed(self) -> int:
        return sum(self.outcomes.values()) - self.refused

    @property
    def p50(self) -> float | None:
        """In milliseconds, as p95; None where nothing was seen."""
        return self._quantile(0.50)

    @property
    def p95(self) -> float | None:
        return self._quantile(0.95)

    def as_json(self) -> dict[str, Any]:
        """A copy as it is now; made by hand, because others wait until it is."""
        return {
            "count": self.count,
            "outcomes": dict(self.outcomes),
            "failed_at": self.failed_at,
            "latest": list(self.latest),
        }

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> Self:
        """What another process told. Raises KeyError or TypeError where it is no tally."""
        return cls(**{**{each.name: told[each.name] for each in fields(cls)}, "latest": deque(told["latest"])})

    def add(self, other: Self) -> None:
        """Count what another process saw, too."""
        self.count += other.count
        _add(self.outcomes, other.outcomes)
        self.failed_at = max(self.failed_at, other.failed_at)
        self.latest = deque([*self.latest, *other.latest])

    def _quantile(self, share: float) -> float | None:
        ordered = sorted(self.latest)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] / 1000 if ordered else None


@dataclass(slots=True)
class RequestTally(Tally):
    """Also how many calls were made to answer them: for the most demanding one, and by neighbour."""

    most: int = 0
    calls_to: dict[str, int] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """All together."""
        return sum(self.calls_to.values())

    def as_json(self) -> dict[str, Any]:
        about = {"most": self.most, "calls_to": dict(self.calls_to)}
        return {**Tally.as_json(self), **about}

    def add(self, other: Self) -> None:
        Tally.add(self, other)
        self.most = max(self.most, other.most)
        _add(self.calls_to, other.calls_to)


@dataclass(frozen=True)
class Traffic:
    """The calls that a service made, the requests that it answered, and how its breakers stand in each process."""

    calls: dict[CallKind, Tally] = field(default_factory=dict)
    requests: dict[RequestKind, RequestTally] = field(default_factory=dict)
    breakers: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> Self:
        """What another process told. Raises KeyError or TypeError where it is no traffic."""
        calls = {_kind(CallKind, one): Tally.of_json(one) for one in told["calls"]}
        requests = {_kind(RequestKind, one): RequestTally.of_json(one) for one in told["requests"]}
        return cls(calls, requests, told["breakers"])

    def as_json(self) -> dict[str, Any]:
        calls = [{**kind._asdict(), **tally.as_json()} for kind, tally in self.calls.items()]
        requests = [{**kind._asdict(), **tally.as_json()} for kind, tally in self.requests.items()]
        return {"calls": calls, "requests": requests, "breakers": self.breakers}

    def add(self, other: Self) -> None:
        """Count what another process saw, too."""
        for made, tally in other.calls.items():
            self.calls.setdefault(made, Tally()).add(tally)
        for answered, tallied in other.requests.items():
            self.requests.setdefault(answered, RequestTally()).add(tallied)
        self.breakers.extend(other.breakers)


def together(tallies: Iterable[Tally]) -> Tally:
    """Tallies of several kinds as one."""
    whole = Tally(latest=deque())
    for tally in tallies:
        whole.add(tally)
    return whole


def _add(counts: dict[str, int], others: dict[str, int]) -> None:
    for name, count in others.items():
        counts[name] = counts.get(name, 0) + count


def _kind(kind: Any, told: dict[str, Any]) -> Any:
    return kind(**{name: told[name] for name in kind._fields})
