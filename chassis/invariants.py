"""What a service says of its own soundness: violations that its own rows show, and facts to compare with the others'.

Facts come by pages in the order of their `key`, so that two services can be compared key range by key range, in as
little memory as a page takes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Model, QuerySet

SCOPE = "invariants:read"
PAGE = 500

Rows = TypeVar("Rows", bound=QuerySet[Any])
Fact = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that contradicts an invariant (`I4`): the id of what does, and what was expected and found."""

    invariant: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Span:
    """Which facts: of what began `since`, with a key after `after` and up to `until`; what is empty does not limit."""

    settled_before: datetime
    after: str = ""
    until: str = ""
    since: datetime | None = None
    limit: int = PAGE

    def of(self, rows: Rows, key: str) -> Rows:
        """The rows of a table in this span, in order."""
        bounds = {f"{key}__gt": self.after, f"{key}__lte": self.until}
        return rows.filter(**{name: bound for name, bound in bounds.items() if bound}).order_by(key)


Check = Callable[[], Iterable[Violation]]
# What has not changed since the moment that it is given is settled: nothing is under way with it any more.
Eventual = Callable[[datetime], Iterable[Violation]]
Facts = Callable[[Span], list[Fact]]


@dataclass(frozen=True)
class Invariants:
    """What a service can say: what its rows contradict at any time, and once settled; facts, each with a `key`."""

    checks: tuple[Check, ...] = ()
    eventual: tuple[Eventual, ...] = ()
    facts: Mapping[str, Facts] = field(default_factory=dict)

    def __or__(self, more: "Invariants") -> "Invariants":
        return Invariants((*self.checks, *more.checks), (*self.eventual, *more.eventual), {**self.facts, **more.facts})


def of_service(service: str) -> Invariants:
    """Those of every service, and those of its own."""
    from chassis import common_invariants

    own: Invariants = apps.get_app_config(service).invariants()  # type: ignore[attr-defined]  # it is a ServiceConfig
    return common_invariants.of_every(service) | own


def violations(service: str, settled_before: datetime) -> list[dict[str, str]]:
    """All that the rows of a service contradict by themselves."""
    known = of_service(service)
    found = [*(check() for check in known.checks), *(check(settled_before) for check in known.eventual)]
    return [asdict(violation) for violations in found for violation in violations]


def facts(service: str, kind: str, span: Span) -> dict[str, Any]:
    """One page of facts, and after which key the next begins, null on the last. Raises KeyError for another kind."""
    page = of_service(service).facts[kind](span)
    return {"data": page, "next": page[-1]["key"] if len(page) == span.limit else None}


def each(invariant: str, rows: Iterable[Mapping[str, Any]], text: str, *, subject: str = "id") -> Iterator[Violation]:
    """A violation for each row, told in `text` with the row's values: `"{reserved} are reserved, {held} held"`."""
    for row in rows:
        yield Violation(invariant, str(row[subject]), text.format(**row))


def kinds_of(service: str, base: type[Model]) -> list[Any]:
    """The concrete models of a service that are of this kind."""
    return [model for model in apps.get_app_config(service).get_models() if issubclass(model, base)]
