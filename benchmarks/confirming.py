"""`make bench-confirming`: how long after its payment an order is confirmed, when everything is up.

Both moments are read from the rows: when payments committed to `payment.succeeded`, and when orders confirmed. In
between the announcement is relayed and reacted to, and on the way two workers are woken.
"""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

from requests import Response

from tests.journeys.visitors import ask, order_of, stocked
from tests.topologies.running import Shop, production, running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES, Shape
from tests.topologies.stores import start_server

PROMISED_MS = 100
# So that what comes after one order, such as its letter, is not in the way of the next.
PAUSE_SECONDS = 0.4
RESULT = Path(__file__).parent / "results" / "confirming.md"
HEAD = "| | median | 95 of 100 | longest | orders | |\n|---|---:|---:|---:|---:|---|"
PAID = "SELECT data, occurred_at AS at FROM payments_outboxevent WHERE type = 'payment.succeeded'"
CONFIRMED = "SELECT id, confirmed_at AS at FROM orders_order WHERE confirmed_at IS NOT NULL"


def main() -> int:
    """0 when the promise is kept."""
    words = argparse.ArgumentParser(prog="make bench-confirming ARGS=...")
    words.add_argument("--orders", type=int, default=100)
    count = words.parse_args().orders
    start_server(("max_connections=300",))  # it waits for its disk, as one does that must not forget
    split, whole = measure(THREE_PROCESSES, count), measure(ONE_PROCESS, count)
    is_kept = median(split) < PROMISED_MS
    rows = [
        _row("three services, behind the gateway", split, f"< {PROMISED_MS} ms: {'kept' if is_kept else '**missed**'}"),
        _row("one process, and its worker", whole, ""),
    ]
    text = "\n".join(["# From payment to confirmed order", "", _circumstances(), "", HEAD, *rows, ""])
    RESULT.write_text(text)
    print(text)
    return 0 if is_kept else 1


def measure(shape: Shape, count: int) -> list[float]:
    """Milliseconds from payment to confirmation, of each order; they are paid one after the other, at ease."""
    with running(shape, serve=production, database="postgresql", settings={"FAULTS_FILE": ""}) as shop:
        product = stocked(shop, "cup", 10 * count)
        for _ in range(count):
            _buy(shop, product)
            time.sleep(PAUSE_SECONDS)
        shop.settle()
        return _delays(shop, count)


def _buy(shop: Shop, product: str) -> None:
    placed = _post(shop, "/v2/orders", order_of(product)).json()
    opened_by = {"X-Order-Token": placed["guest_token"]}
    payment = _post(shop, f"/v2/orders/{placed['id']}/pay", {}, **opened_by).json()["payment"]
    bearer = {"Authorization": f"Bearer {payment['payer_token']}"}
    path = f"/v1/sandbox/payments/{payment['id']}/confirm"
    _post(shop, path, {"payment_method": "sbx_ok"}, **bearer).raise_for_status()


def _post(shop: Shop, path: str, body: object, **headers: str) -> Response:
    return ask(shop, "POST", path, json=body, headers={"Idempotency-Key": uuid4().hex, **headers})


def _delays(shop: Shop, count: int) -> list[float]:
    confirmed = {row["id"]: row["at"] for row in shop.store.select("orders", CONFIRMED)}
    paid = {row["data"]["order_id"]: row["at"] for row in shop.store.select("payments", PAID)}
    if len(paid) != count or paid.keys() != confirmed.keys():
        raise AssertionError(f"{count} orders, {len(paid)} paid, {len(confirmed)} confirmed")
    return [(confirmed[order] - paid[order]).total_seconds() * 1000 for order in paid]


def _row(name: str, delays: list[float], verdict: str) -> str:
    numbers = (median(delays), quantiles(delays, n=100)[94], max(delays))
    return f"| {name} | {' | '.join(f'{number:.0f} ms' for number in numbers)} | {len(delays)} | {verdict} |"


def _circumstances() -> str:
    now, load = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", f"load {os.getloadavg()[0]:.1f} at the end"
    return (
        f"{now}; {os.cpu_count()} processors, {load}. PostgreSQL that waits for its disk; gunicorn and one worker for "
        "each service. Workers that only looked once a second would take a second on average: half a one each."
    )


if __name__ == "__main__":
    sys.exit(main())
