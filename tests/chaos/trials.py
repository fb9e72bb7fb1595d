"""One shop's trial: it is traded while its processes are killed; then it is left alone, and judged."""

import json
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from traceback import format_exception
from typing import Any

from demo.books import OrderBook
from demo.callers import Account, Caller
from demo.connections import Connection
from demo.plans import make_plan
from demo.sheets import read_sheet
from demo.shelves import fill_shelves
from demo.shops import Shop as Clerk
from demo.steps import silent
from deploy.processes import BASE, PYTHON, DidNotStart, wait_until
from tests.chaos.buyers import MOST_LINES, Buyer, Market, Taste
from tests.chaos.discoveries import payment_methods
from tests.chaos.ends import Ends
from tests.chaos.memories import contradictions
from tests.chaos.patience import ask, command
from tests.topologies.running import Commands, Shop, running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES, Shape
from tests.topologies.templates import ADMIN

DAY = BASE / "demo" / "online_retail_2010-12-01.csv"
INVOICES, BUYERS, UNITS = 12, 5, 60
# What failed, and what nobody tells, is looked at again after five leases at most.
LEASE_SECONDS, LONGEST_WAIT_SECONDS = 3, 16
SETTINGS = {"LEASE_SECONDS": str(LEASE_SECONDS), "ORDER_POLL_SECONDS": "12", "ORDER_TTL_SECONDS": "8"}
REHEARSAL_SECONDS = 3.0
# Twice that is longer than a bank takes, and shorter than it keeps money for us that we do not take.
SOME_DAYS = 3 * 24 * 3600
OUTSIDE_EVERY_SECONDS = (6.0, 14.0)
SERVICES = ("users", "orders", "payments")
KINDS = ("error_before", "error_after", "timeout_after", "duplicate", "cut_body")
LOGS = BASE / "var" / "chaos"


@dataclass(frozen=True)
class Place:
    """Where a trial is held."""

    shape: Shape
    database: str

    @property
    def name(self) -> str:
        return f"{'one process' if self.shape.is_one_process else 'three processes'}, {self.database}"


PLACES = tuple(
    Place(shape, database) for shape in (ONE_PROCESS, THREE_PROCESSES) for database in ("sqlite", "postgresql")
)


@dataclass
class Outcome:
    """What came of a trial."""

    place: Place
    struck: Counter[str] = field(default_factory=Counter)
    points: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return self.struck.total()


@dataclass(frozen=True)
class Trial:
    """What is to be done in a place: until when, and with what bug. Who `died_before` need not die first here."""

    place: Place
    seed: int
    kills: int
    seconds: float
    died_before: Counter[str] = field(default_factory=Counter)
    plant: str = "-"
    words: str = ""
    goes_through: bool = False
    taste: Taste = field(default_factory=Taste)
    drained_within: float = 60

    def hold(self) -> Outcome:
        """Trade, kill so many times (or for so long at most), let it come to rest, and judge."""
        outcome = Outcome(self.place)
        serve = serving(self.place, self.plant)
        with running(self.place.shape, serve=serve, settings=SETTINGS, database=self.place.database) as shop:
            try:
                _hold(self, shop, outcome)
            except Exception as exc:  # noqa: BLE001  whatever it is, the trial has failed
                outcome.violations.append(f"the trial could not be ended: {''.join(format_exception(exc)[-3:])}")
            if outcome.violations:
                _keep_logs(shop, self)
        return outcome


def serving(place: Place, plant: str) -> Callable[[int], Commands]:
    """One process is Django's own server with its worker; of three, each has gunicorn and a worker beside it."""

    def serve(port: int) -> Commands:
        runserver = ["runserver", f"127.0.0.1:{port}", "--noreload", "--skip-checks"]
        gunicorn = ["gunicorn", "-c", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}", "config.wsgi"]
        commands = [runserver] if place.shape.is_one_process else [gunicorn, ["work"]]
        words = [word for command in commands for word in ("--", *command)]
        return [[PYTHON, "-m", "tests.chaos.respawning", plant, *words]]

    return serve


def _hold(trial: Trial, shop: Shop, outcome: Outcome) -> None:
    random = Random(f"{trial.seed} {trial.place.name}")
    with Connection(shop.url) as connection:
        staff = Account(connection, *ADMIN)
        market = _open_market(shop, staff, str(random.random()), trial.taste)
        buyers = [Buyer(market, number) for number in range(BUYERS)]
        for buyer in buyers:
            buyer.arrive()
        ends = Ends(shop.folder / "faults.kills", random, trial.died_before, trial.words)
        with _trading(buyers):
            time.sleep(REHEARSAL_SECONDS)
            shop.plan_faults(*_faults(), seed=random.randrange(10**6))
            _kill(trial, shop, ends, random)
        ends.end()
        outcome.struck, outcome.points = ends.struck, set(ends.points)
        outcome.violations += _come_to_rest(trial, shop, staff)
        memories = [memory for buyer in buyers for memory in buyer.memories]
        outcome.violations += [*contradictions(staff, memories), *_lost_announcements(shop), *_broken_invariants(shop)]
        outcome.counts = _counts(shop)


def _open_market(shop: Shop, staff: Account, seed: str, taste: Taste) -> Market:
    """The first invoices of the day, each cut short, with enough of their goods, but not of all."""
    day = make_plan(read_sheet(DAY), INVOICES)
    invoices = [replace(invoice, lines=invoice.lines[: MOST_LINES + 1]) for invoice in day.invoices]
    plan = replace(
        day,
        invoices=[replace(one, lines=tuple(replace(line, quantity=UNITS) for line in one.lines)) for one in invoices],
    )
    clerk = Clerk(staff.connection, staff=staff, edition=plan.edition)
    shelves = fill_shelves(clerk, plan, OrderBook(()), silent)
    methods = list(taste.methods) or payment_methods(staff)
    return Market(shop.url, seed, invoices, shelves.product_ids, methods, ADMIN, taste)


def _faults() -> Iterator[dict[str, Any]]:
    """A little of everything between all of them."""
    for neighbour in SERVICES:
        yield from ({"neighbour": neighbour, "kind": kind, "share": 0.02} for kind in KINDS)
        yield {"neighbour": neighbour, "kind": "delay", "seconds": 0.3, "share": 0.02}


@contextmanager
def _trading(buyers: list[Buyer]) -> Iterator[None]:
    """Buyers buy while the block is in; each ends what it has begun. What went wrong with one is raised."""
    is_over = threading.Event()

    def trade(buyer: Buyer) -> None:
        while not is_over.is_set():
            buyer.deal()

    with ThreadPoolExecutor(len(buyers)) as pool:
        trades = [pool.submit(trade, buyer) for buyer in buyers]
        try:
            yield
        finally:
            is_over.set()
    for one in trades:
        one.result()


def _kill(trial: Trial, shop: Shop, ends: Ends, random: Random) -> None:
    """At least so often as is wished, and then until there is no point left at which nobody has died."""
    over, outside = time.monotonic() + trial.seconds, time.monotonic() + random.uniform(*OUTSIDE_EVERY_SECONDS)
    while (ends.kills < trial.kills or (trial.goes_through and not ends.is_through)) and time.monotonic() < over:
        ends.go_on()
        if time.monotonic() > outside:
            children = [child for children in shop.children.values() for child in children]
            if ended := [child.last_words() for child in children if child.has_ended]:
                raise DidNotStart("\n".join(ended))
            ends.kill_any(children)
            outside = time.monotonic() + random.uniform(*OUTSIDE_EVERY_SECONDS)
        time.sleep(random.uniform(0.05, 0.2))


def _come_to_rest(trial: Trial, shop: Shop, staff: Caller) -> Iterator[str]:
    """Nothing goes wrong any more; the workers do what is left, and the sandbox's clock the rest of it."""
    shop.plan_faults()
    for group in shop.shape.groups:
        shop.wait_ready(group)
    for _ in range(2):
        yield from _rest(trial, shop)
        ask(staff, "POST", "/v1/sandbox/clock", {"advance_seconds": SOME_DAYS}).good()
    yield from _rest(trial, shop)
    _decide(staff)
    yield from _rest(trial, shop)


def _rest(trial: Trial, shop: Shop) -> Iterator[str]:
    time.sleep(LONGEST_WAIT_SECONDS)
    yield from _unfinished(shop, trial.drained_within)


def _decide(staff: Caller) -> None:
    """Do what only a person may: where a refund of a dead order failed days later, give its money back once more."""
    for status in ("cancelled", "expired"):
        for order in list(staff.every("/v1/orders", status=status)):
            if order["payment_status"] == "overpaid":
                left = order["amount_paid"] - order["amount_refunded"]
                command(staff, f"/v1/orders/{order['id']}/refunds", {"amount": left, "reason": "other"}, left).good()


def _unfinished(shop: Shop, seconds: float) -> Iterator[str]:
    try:
        wait_until(lambda: not shop.unfinished(0) and not shop.unfinished(0), seconds=seconds)
    except AssertionError:
        yield from (f"the workers have not finished what is in {table}" for table in shop.unfinished(0))


def _lost_announcements(shop: Shop) -> Iterator[str]:
    """Every announcement is at each of its subscribers."""
    for service in SERVICES:
        for row in _rows(shop, service, "delivery", "event_id, subscriber"):
            found = _known(shop, row["subscriber"])
            if row["event_id"] not in found:
                yield f"announcement {row['event_id']} of {service} is not at {row['subscriber']}"


def _known(shop: Shop, service: str) -> set[str]:
    return {row["id"] for row in _rows(shop, service, "inboxevent", "id")}


def _rows(shop: Shop, service: str, kind: str, columns: str) -> list[dict[str, Any]]:
    table = f"{service}_{kind}"
    return shop.store.select(service, f"SELECT {columns} FROM {table}") if table in shop.store.tables(service) else []


def _broken_invariants(shop: Shop) -> Iterator[str]:
    answer = shop.manage("check_invariants", "--json", "--grace", "0")
    try:
        found = json.loads(answer.stdout)
        violations = [*found["violations"], *found["unanswered"].items()]
    except (ValueError, KeyError):
        yield f"check_invariants: {answer.stdout[-500:]} {answer.stderr[-500:]}"
        return
    yield from map(str, violations)
    if answer.returncode != bool(violations):
        yield f"check_invariants ended with {answer.returncode}"


def _counts(shop: Shop) -> dict[str, int]:
    """How much was traded."""
    announcements = sum(len(_rows(shop, service, "outboxevent", "id")) for service in SERVICES)
    orders, payments = (
        len(_rows(shop, service, kind, "id")) for service, kind in (("orders", "order"), ("payments", "payment"))
    )
    return {"orders": orders, "payments": payments, "announcements": announcements}


def _keep_logs(shop: Shop, trial: Trial) -> None:
    kept = LOGS / trial.place.name.replace(", ", "-").replace(" ", "-")
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(shop.folder, kept, ignore=shutil.ignore_patterns("keys", "letters"))
    print(f"  what is left of it: {kept}", file=sys.stderr)
