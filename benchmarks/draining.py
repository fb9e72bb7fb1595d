"""`make bench-draining`: how much faster four workers deliver what has piled up than one does.

Ten thousand announcements of payments wait for orders, in streams of five. Delivering one is a call over HTTP, a row in
the inbox of orders, and a mark in the outbox of payments, each in a commit that waits for the disk.

Where all of it shares one machine a delivery costs nothing but its processors, so four workers can be as many times
faster as there are processors, and no more. What workers are for is the waiting, for neighbours that are elsewhere: so
it is measured as well with a distance between the services, which costs time, but no processor.
"""

import argparse
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from benchmarks.callers import Keys
from benchmarks.servers import in_production
from chassis.wakes import CHANNEL
from deploy import valkey
from deploy.processes import PYTHON, Child, wait_until
from tests.topologies.running import Shop, production, running
from tests.topologies.shapes import THREE_PROCESSES
from tests.topologies.stores import start_server

PROMISED = 2.5
IN_A_STREAM = 5
RESULT = Path(__file__).parent / "results" / "draining.md"
HEAD = (
    "| orders and payments are | workers | delivered | seconds | a second | out of order | |\n"
    "|---|---:|---:|---:|---:|---:|---|"
)
# As between two data centres of one city, there and back.
APART_MS = 5
EVENTS = """
    INSERT INTO payments_outboxevent (id, stream, number, type, data, request_id, occurred_at)
    SELECT 'evt_bench' || s || '_' || n, 'pay_bench' || s, n, 'payment.declined', '{}', '', now()
    FROM generate_series(1, %(streams)s) s, generate_series(1, %(each)s) n
"""
DELIVERIES = """
    INSERT INTO payments_delivery
        (event_id, stream, number, subscriber, due_at, leased_by, failures, last_failure)
    SELECT id, stream, number, 'orders', now() + interval '1 hour', '', 0, '' FROM payments_outboxevent
"""
BEGIN = "UPDATE payments_delivery SET due_at = now()"
LEFT = "SELECT 1 FROM payments_delivery WHERE done_at IS NULL LIMIT 1"
DRAINED = """
    SELECT count(*) AS count, extract(epoch FROM max(done_at) - {begun_at})::float AS seconds FROM payments_delivery
"""
OUT_OF_ORDER = """
    SELECT count(*) AS count FROM (
        SELECT {at} - lag({at}) OVER (PARTITION BY stream ORDER BY number) AS after FROM {table}
    ) AS pairs WHERE after < interval '0'
"""
# What a worker does first, once it is there.
SETTLING_SECONDS = 3


@dataclass(frozen=True)
class Drained:
    """What so many workers did."""

    workers: int
    delivered: int
    seconds: float
    out_of_order: int

    @property
    def each_second(self) -> float:
        return self.delivered / self.seconds


def main() -> int:
    """0 when the promise is kept."""
    words = argparse.ArgumentParser(prog="make bench-draining ARGS=...")
    words.add_argument("--announcements", type=int, default=10_000)
    count = words.parse_args().announcements
    start_server(("max_connections=300",))
    with TemporaryDirectory() as folder, ExitStack() as stack:
        cache, child = valkey.start(Path(folder))
        stack.callback(child.end)
        settings = {**in_production(Keys()), **_as_wide_as_the_machine(cache)}
        here, apart = compare(count, 0, settings), compare(count, APART_MS, settings)
    bound = f"{os.cpu_count()} processors allow {os.cpu_count()}"
    verdict = f"promised {PROMISED}: {'kept' if _is_kept(*apart) else '**missed**'}"
    rows = [*_rows("on this machine", *here, bound), *_rows(f"{APART_MS} ms from one another", *apart, verdict)]
    text = "\n".join(["# Announcements that have piled up", "", _circumstances(), "", HEAD, *rows, ""])
    RESULT.write_text(text)
    print(text)
    return 0 if _is_kept(*apart) else 1


def compare(count: int, apart_ms: int, settings: dict[str, str]) -> tuple[Drained, Drained]:
    """One worker and four, with orders so far away from payments."""
    return measure(1, count, apart_ms, settings), measure(4, count, apart_ms, settings)


def measure(workers: int, count: int, apart_ms: int, settings: dict[str, str]) -> Drained:
    """Let them wait until all workers are there, then let them go."""
    work = [PYTHON, "-m", "benchmarks.distances", str(apart_ms)]
    with (
        running(THREE_PROCESSES, serve=server_alone, settings=settings, database="postgresql") as shop,
        ExitStack() as stack,
    ):
        payments = stack.enter_context(psycopg.connect(shop.store.urls["payments"], autocommit=True))
        payments.execute(EVENTS, {"streams": count // IN_A_STREAM, "each": IN_A_STREAM})
        payments.execute(DELIVERIES)
        for log in [shop.folder / f"worker-{number}.log" for number in range(workers)]:
            stack.callback(Child(work, shop.environment(("payments",)), log).end)
            wait_until(lambda log=log: "works for" in log.read_text(), what="a worker")
        time.sleep(SETTLING_SECONDS)
        payments.execute(BEGIN)
        payments.execute("VACUUM ANALYZE payments_delivery")
        begun_at = datetime.now(UTC)
        payments.execute(f"NOTIFY {CHANNEL}")
        wait_until(lambda: not shop.store.select("payments", LEFT), seconds=600, what="the workers")
        return _drained(shop, workers, begun_at)


def _as_wide_as_the_machine(cache: str) -> dict[str, str]:
    """As many processes as there are processors, for each service; they share a cache."""
    return {"WEB_CONCURRENCY": str(os.cpu_count()), "VALKEY_URL": cache, "FAULTS_FILE": ""}


def server_alone(port: int) -> list[list[str]]:
    """The configured server without a worker beside it: workers are what is measured."""
    return production(port)[:1]


def _drained(shop: Shop, workers: int, begun_at: datetime) -> Drained:
    (drained,) = shop.store.select("payments", DRAINED.format(begun_at=f"'{begun_at.isoformat()}'::timestamptz"))
    wrong = sum(
        shop.store.select(service, OUT_OF_ORDER.format(at=at, table=table))[0]["count"]
        for service, at, table in (
            ("payments", "done_at", "payments_delivery"),
            ("orders", "received_at", "orders_inboxevent"),
        )
    )
    return Drained(workers, drained["count"], drained["seconds"], wrong)


def _is_kept(one: Drained, four: Drained) -> bool:
    return four.each_second >= PROMISED * one.each_second and not one.out_of_order + four.out_of_order


def _rows(where: str, one: Drained, four: Drained, verdict: str) -> list[str]:
    ratio = f"{four.each_second / one.each_second:.2f} times as fast"
    return [_row(where, one, ""), _row(where, four, f"{ratio}, {verdict}")]


def _row(where: str, one: Drained, verdict: str) -> str:
    numbers = (
        f"{where} | {one.workers} | {one.delivered} | {one.seconds:.1f} | {one.each_second:.0f} | {one.out_of_order}"
    )
    return f"| {numbers} | {verdict} |"


def _circumstances() -> str:
    now, load = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", f"load {os.getloadavg()[0]:.1f} at the end"
    how = "Three services with settings of production on a PostgreSQL that waits for its disk; workers are processes."
    return f"{now}; {os.cpu_count()} processors, {load}. {how}"


if __name__ == "__main__":
    sys.exit(main())
