"""`make bench-hanging`: payments hangs for half a minute while a hundred clients ask orders for other things, too.

The product runs split, behind its gateway, on PostgreSQL. Between orders and payments is a wire that goes dead. Twice:
as it comes, and with everything that protects calls switched off.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

from benchmarks.crowds import Crowd, Errand, Visit
from benchmarks.wires import Wire
from tests.journeys.visitors import ask, order_of, stocked
from tests.topologies.running import Shop, production, running
from tests.topologies.shapes import THREE_PROCESSES

READERS, PAYERS = 80, 20
EVERY_SECONDS = 1.6
DEADLINE_SECONDS = 4.0
LATE_SECONDS = 0.1
OFF = "*.calls=0,*.failures=0,*.tries=3,*.budget=0,*.timeout=60,*.connect=60"
RESULT = Path(__file__).parent / "results" / "hanging.md"
HEAD = "| | protected | unprotected | promised | |\n|---|---:|---:|---|---|"


@dataclass(frozen=True)
class Wishes:
    """How long each part lasts, in seconds."""

    before: float
    hang: float
    after: float


@dataclass(frozen=True)
class Seen:
    """What a crowd met, and when the parts of it began."""

    crowd: Crowd
    wire: Wire
    began_at: float
    hung_at: float
    recovered_at: float
    ended_at: float
    opened_after: float | None
    closed_after: float | None

    def others(self, begin: float, end: float) -> list[Visit]:
        return self.crowd.between("other", begin, end)

    def pays(self, begin: float, end: float) -> list[Visit]:
        return self.crowd.between("pay", begin, end)

    @property
    def throughput(self) -> float:
        """Of what needs no payments: answered in a second while it hung, in times of before."""
        before, hung = (self.rate(self.began_at, self.hung_at), self.rate(self.hung_at, self.recovered_at))
        return hung / before if before else 0.0

    @property
    def longest(self) -> float:
        """The longest answer of all, in seconds."""
        return max(visit.seconds for visit in self.crowd.visits)

    @property
    def tries(self) -> int:
        """Requests to payments while it hung."""
        return sum(self.hung_at <= at < self.recovered_at for at in self.wire.requested_at)

    def rate(self, begin: float, end: float) -> float:
        """What else was answered in a second."""
        answered = [v for v in self.crowd.visits if v.kind == "other" and v.status == 200]
        return sum(begin <= visit.due_at + visit.seconds < end for visit in answered) / (end - begin)


@dataclass(frozen=True)
class Promise:
    """What a number is promised to be, at least and at most. One that is not there keeps no promise."""

    what: str
    of: Callable[[Seen], float | None]
    words: str
    least: float = 0.0
    most: float = float("inf")

    def is_kept(self, seen: Seen) -> bool:
        number = self.of(seen)
        return number is not None and self.least <= number <= self.most

    def verdict(self, seen: Seen) -> str:
        return "kept" if self.is_kept(seen) else "**missed**"


def main() -> int:
    """0 when every promise is kept."""
    words = argparse.ArgumentParser(prog="make bench-hanging ARGS=...")
    words.add_argument("--before", type=float, default=15.0)
    words.add_argument("--hang", type=float, default=30.0)
    words.add_argument("--after", type=float, default=10.0)
    wishes = Wishes(**vars(words.parse_args()))
    protected = measure(wishes, deadline=DEADLINE_SECONDS)
    unprotected = measure(wishes, deadline=None, CALLS=OFF)
    rows, kept = table(protected, unprotected)
    text = "\n".join(["# A neighbour that hangs", "", _circumstances(wishes), "", HEAD, *rows, ""])
    RESULT.write_text(text)
    print(text)
    return 0 if kept else 1


def measure(wishes: Wishes, *, deadline: float | None, **settings: str) -> Seen:
    """Let a crowd meet it, and see what comes of it."""
    with ExitStack() as stack:
        shop, wire = stack.enter_context(_split(settings))
        errands = [*_readers(shop), *_payers(shop, deadline)]
        crowd = stack.enter_context(Crowd(shop.url, errands, patience_seconds=40))
        time.sleep(3)
        log = partial(_log_of, shop)
        began_at = time.monotonic()
        time.sleep(wishes.before)
        wire.hang()
        hung_at = time.monotonic()
        opened = _seconds_until(log, "not asked for a while", wishes.hang)
        time.sleep(max(0.0, hung_at + wishes.hang - time.monotonic()))
        wire.recover()
        recovered_at = time.monotonic()
        closed = _seconds_until(log, "answers again", wishes.after)
        time.sleep(max(0.0, recovered_at + wishes.after - time.monotonic()))
        return Seen(crowd, wire, began_at, hung_at, recovered_at, time.monotonic(), opened, closed)


def table(on: Seen, off: Seen) -> tuple[list[str], bool]:
    """Both, side by side, and whether every promise is kept."""
    promises = _promises(on)
    rows = [
        f"| {one.what} | {_shown(one.of(on))} | {_shown(one.of(off))} | {one.words} | {one.verdict(on)} |"
        for one in promises
    ]
    facts = [f"| {what} | {mine} | {other} | | |" for what, mine, other in zip(*_facts(on, off), strict=True)]
    return [*rows, *facts], all(one.is_kept(on) for one in promises)


def _promises(on: Seen) -> tuple[Promise, ...]:
    """How many tries are allowed follows from how often somebody paid."""
    pays = len(on.pays(on.hung_at, on.recovered_at))
    allowed = round(pays * 1.2 + 10)
    in_time = DEADLINE_SECONDS + LATE_SECONDS
    return (
        Promise("throughput of other routes, in times of before", lambda seen: seen.throughput, "≥ 0.95", least=0.95),
        Promise("the longest answer, seconds", lambda seen: seen.longest, f"≤ {in_time}", most=in_time),
        Promise("tries at it", lambda seen: seen.tries, f"≤ {allowed} ({pays} calls, 1.2 each, and 10)", most=allowed),
        Promise("open after, seconds", lambda seen: seen.opened_after, "≤ 5", most=5),
        Promise("closed after it was back, seconds", lambda seen: seen.closed_after, "≤ 5", most=5),
    )


def _facts(on: Seen, off: Seen) -> tuple[list[str], list[str], list[str]]:
    names = [
        *(f"other routes {part}: p50, p99, answered in a second" for part in ("before", "while it hung", "after")),
        *(f"paying {part}: p50, p99, statuses" for part in ("before", "while it hung", "after")),
    ]
    return names, _facts_of(on), _facts_of(off)


def _facts_of(seen: Seen) -> list[str]:
    spans = [(seen.began_at, seen.hung_at), (seen.hung_at, seen.recovered_at), (seen.recovered_at, seen.ended_at)]
    others = [f"{_times(seen.others(*span))}, {seen.rate(*span):.1f}" for span in spans]
    pays = [f"{_times(seen.pays(*span))}, {_statuses(seen.pays(*span))}" for span in spans]
    return [*others, *pays]


def _times(visits: list[Visit]) -> str:
    if len(visits) < 2:
        return "-"
    seconds = [visit.seconds for visit in visits]
    return f"{median(seconds) * 1000:.0f} ms, {quantiles(seconds, n=100)[98] * 1000:.0f} ms"


def _statuses(visits: list[Visit]) -> str:
    counts = Counter(visit.status for visit in visits)
    return ", ".join(f"{count} of {status or 'no answer'}" for status, count in sorted(counts.items())) or "none"


def _shown(number: float | None) -> str:
    return "never" if number is None else str(number) if isinstance(number, int) else f"{number:.2f}"


@contextmanager
def _split(settings: dict[str, str]) -> Iterator[tuple[Shop, Wire]]:
    """The split, in which orders and payments have the wire between them."""
    with running(
        THREE_PROCESSES, serve=production, database="postgresql", settings={"LOG_FORMAT": "json", **settings}
    ) as shop:
        wire = Wire(shop.ports["payments",])
        shop.settings["PAYMENTS_URL"] = wire.url
        shop.stop("orders")
        shop.start("orders")
        try:
            yield shop, wire
        finally:
            wire.recover()
            shop.end()
            wire.close()


def _readers(shop: Shop) -> list[Errand]:
    product = stocked(shop, "plate", 1_000_000)
    order, opened_by = _order(shop, product)
    paths = ["/v2/products?limit=20", f"/v2/products/{product}", f"/v2/orders/{order}", "/v2/products"]
    return [
        Errand("other", partial(_get, paths[number % len(paths)], opened_by), EVERY_SECONDS)
        for number in range(READERS)
    ]


def _payers(shop: Shop, deadline: float | None) -> list[Errand]:
    product = stocked(shop, "cup", 1_000_000)
    limit = {"X-Request-Timeout-Ms": f"{deadline * 1000:.0f}"} if deadline else {}
    return [
        Errand("pay", partial(_pay, f"/v2/orders/{order}/pay", {**opened_by, **limit}), EVERY_SECONDS)
        for order, opened_by in (_order(shop, product) for _ in range(PAYERS))
    ]


def _order(shop: Shop, product: str) -> tuple[str, dict[str, str]]:
    keyed = {"Idempotency-Key": uuid4().hex}
    placed = ask(shop, "POST", "/v2/orders", json=order_of(product), headers=keyed).json()
    return placed["id"], {"X-Order-Token": placed["guest_token"]}


def _get(path: str, headers: dict[str, str]) -> tuple[str, str, None, dict[str, str]]:
    return "GET", path, None, headers


def _pay(path: str, headers: dict[str, str]) -> tuple[str, str, bytes, dict[str, str]]:
    keyed = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex, **headers}
    return "POST", path, b"{}", keyed


def _log_of(shop: Shop) -> str:
    """What orders' server and worker have said."""
    return (shop.folder / "orders.log").read_text(errors="replace")


def _seconds_until(log: Callable[[], str], words: str, most: float) -> float | None:
    """How long it takes until the log says so once more; None if it does not."""
    known, began_at = log().count(words), time.monotonic()
    while time.monotonic() - began_at < most:
        if log().count(words) > known:
            return time.monotonic() - began_at
        time.sleep(0.05)
    return None


def _circumstances(wishes: Wishes) -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}. "
        f"{READERS} clients read products and orders, {PAYERS} pay, each every {EVERY_SECONDS} s, and with protection "
        f"within {DEADLINE_SECONDS:.0f} s; payments hangs for {wishes.hang:.0f} s."
    )


if __name__ == "__main__":
    sys.exit(main())
