"""Every service asked for its part of the invariants, and the parts compared, page by page.

A service that this process hosts is asked in it, the others over HTTP: nothing has to serve, unless it is elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
import requests
from requests.adapters import BaseAdapter

from chassis.calls import BrokenContract, CallFailed, Unavailable
from chassis.invariants import PAGE, SCOPE, Violation
from chassis.tokens import service_token
from chassis.topology import SERVICES, topology
from chassis.transports import Http, InProcess
from config.declarations import ANNOUNCED
from config.facts import AnnouncementFact, CustomerFact, HeardFact, OrderFact, ParityFact, PaymentsFact, UserFact
from config.invariants import of_announcements, of_customers, of_order

USERS, ORDERS, PAYMENTS = SERVICES
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 600.0

Kind = TypeVar("Kind")
# Each of them is two questions to a provider.
PARITY_PAGE = 20
COUNTED = ("orders", "payments", "customers", "announcements")


def _ways() -> dict[str, BaseAdapter]:
    """To each service: in this process where it is hosted, whether it serves or not."""
    return {service: InProcess(service) if topology().hosts(service) else Http(service) for service in SERVICES}


@dataclass(frozen=True)
class Finding:
    """A violation, and the services whose rows show it."""

    violation: Violation
    service: str


@dataclass
class Inspection:
    """What was looked at, what was found, and why a service could not be asked, by its name."""

    settled_before: datetime
    since: datetime | None = None
    asks_providers: bool = False
    checked: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    findings: list[Finding] = field(default_factory=list)
    unanswered: dict[str, str] = field(default_factory=dict)
    ways: dict[str, BaseAdapter] = field(default_factory=_ways, repr=False)

    def run(self) -> None:
        """Ask every service, and compare those that answer."""
        for service in SERVICES:
            self._attempt(lambda service=service: self._own(service))
        if self.asks_providers:
            self._attempt(lambda: self._found(_parity(self), PAYMENTS))
        for services, compare in COMPARISONS:
            if not self.unanswered.keys() & services:
                self._attempt(lambda services=services, compare=compare: self._found(compare(self), *services))

    def pages(
        self, service: str, kind: str, shape: type[Kind], limit: int = PAGE
    ) -> Iterator[tuple[str, str, list[Kind]]]:
        """All facts of a kind: after which key and up to which each page goes, without an end on the last."""
        after = ""
        while True:
            page, until = self._page(service, kind, shape, after=after, limit=str(limit))
            yield after, until, page
            if not until:
                return
            after = until

    def between(self, service: str, kind: str, shape: type[Kind], after: str, until: str) -> Iterator[Kind]:
        """The facts with keys after the one and up to the other."""
        more: str | None = after
        while more is not None:
            page, last = self._page(service, kind, shape, after=more, until=until)
            yield from page
            more = last or None

    def _page(self, service: str, kind: str, shape: type[Kind], **bounds: str) -> tuple[list[Kind], str]:
        query = {name: key for name, key in bounds.items() if key}
        if self.since:
            query["since"] = self.since.isoformat()
        told = _ask(self.ways[service], service, f"/{kind}", {**self._settled, **query})
        try:
            return msgspec.convert(told["data"], list[shape]), told["next"] or ""  # type: ignore[valid-type]  # at run time
        except msgspec.ValidationError as exc:
            raise BrokenContract(service, str(exc)) from exc

    @property
    def _settled(self) -> dict[str, str]:
        return {"settled_before": self.settled_before.isoformat()}

    def _own(self, service: str) -> None:
        told = _ask(self.ways[service], service, "", self._settled)["data"]
        self._found((Violation(**violation) for violation in told), service)

    def _found(self, violations: Iterable[Violation], *services: str) -> None:
        self.findings += [Finding(violation, ", ".join(services)) for violation in violations]

    def _attempt(self, look: Any) -> None:
        try:
            look()
        except CallFailed as failure:
            self.unanswered[failure.neighbour] = failure.reason


def _parity(inspection: Inspection) -> Iterator[Violation]:
    for _, _, payments in inspection.pages(PAYMENTS, "parity", ParityFact, PARITY_PAGE):
        inspection.checked["at_providers"] = inspection.checked.get("at_providers", 0) + len(payments)
        for payment in payments:
            yield from (Violation("I15", payment.key, difference) for difference in payment.differences)


def _orders(inspection: Inspection) -> Iterator[Violation]:
    for after, until, orders in inspection.pages(ORDERS, "orders", OrderFact):
        by_order = {order.key: order for order in orders}
        of_them = {
            fact.key: fact.payments for fact in inspection.between(PAYMENTS, "payments", PaymentsFact, after, until)
        }
        inspection.checked["orders"] += len(orders)
        inspection.checked["payments"] += sum(map(len, of_them.values()))
        for key in sorted({*by_order, *of_them}):
            yield from of_order(by_order.get(key), key, of_them.get(key, []))


def _customers(inspection: Inspection) -> Iterator[Violation]:
    for after, until, customers in inspection.pages(ORDERS, "customers", CustomerFact):
        wanted = {customer.key for customer in customers}
        users = inspection.between(USERS, "users", UserFact, after, until)
        inspection.checked["customers"] += len(customers)
        yield from of_customers(customers, {user.key: user for user in users if user.key in wanted})


def _announcements(source: str, subscriber: str) -> "Comparison":
    """What one service has announced to another."""

    def compare(inspection: Inspection) -> Iterator[Violation]:
        for after, until, announced in inspection.pages(source, "announcements", AnnouncementFact):
            heard = inspection.between(subscriber, "heard", HeardFact, after, until)
            inspection.checked["announcements"] += sum(subscriber in fact.delivered_to for fact in announced)
            yield from of_announcements(source, subscriber, announced, [one for one in heard if one.source == source])

    return compare


Comparison = Callable[[Inspection], Iterator[Violation]]
COMPARISONS: tuple[tuple[tuple[str, str], Comparison], ...] = (
    ((ORDERS, PAYMENTS), _orders),
    ((ORDERS, USERS), _customers),
    *(
        ((source, subscriber), _announcements(source, subscriber))
        for source, subscribers in ANNOUNCED.items()
        for subscriber in subscribers
    ),
)


def _ask(way: BaseAdapter, service: str, path: str, query: Mapping[str, str]) -> Any:
    """What a service answers at its internal address. Raises CallFailed."""
    asking = topology().hosted[0]
    headers = {"Authorization": f"Bearer {service_token(asking, service, SCOPE)}", "Accept": "application/json"}
    url = f"{_address(service)}/internal/{service}/v1/invariants{path}"
    request = requests.Request("GET", url, headers=headers, params=query).prepare()
    try:
        answer = way.send(request, timeout=(CONNECT_SECONDS, ANSWER_SECONDS))
        if answer.status_code != HTTPStatus.OK:
            raise Unavailable(service, f"it answered {answer.status_code}")
        return answer.json()
    except requests.RequestException as exc:
        raise Unavailable(service, type(exc).__name__) from exc


def _address(service: str) -> str:
    return topology().public_url if topology().hosts(service) else topology().urls[service]
