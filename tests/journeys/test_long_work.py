"""Long work outlives whoever does it."""

import os
import signal

import pytest

from deploy.processes import wait_until
from tests.journeys.visitors import admin, ask
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS

pytestmark = [pytest.mark.prove, pytest.mark.timeout(120)]
ROWS = 600
TABLE = "sku,name,currency,amount\r\n" + "".join(f"S-{n},Thing {n},GBP,{n}\r\n" for n in range(ROWS))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_worker_that_is_killed_loses_nothing_and_nothing_is_done_twice(database):
    with running(ONE_PROCESS, serve=production, database=database) as shop:
        keeper = admin(shop)
        begun = ask(shop, "POST", "/v2/products/imports", data=TABLE, headers={**keeper, "Content-Type": "text/csv"})
        where = begun.headers["Location"].removeprefix(shop.url)

        def progress():
            return ask(shop, "GET", where, headers=keeper).json()["progress"]["done"]

        wait_until(lambda: progress() > 0, what="the first step")
        (_, worker) = shop.children[ONE_PROCESS.groups[0]]
        os.kill(worker.pid, signal.SIGKILL)
        reached = progress()
        shop.stop("orders")
        shop.start("orders")
        wait_until(lambda: ask(shop, "GET", where, headers=keeper).json()["ended_at"], seconds=60, what="its end")
        report = ask(shop, "GET", f"{where}/result", headers=keeper).json()

    assert 0 < reached < ROWS
    assert report == {"refused": [], "created": ROWS, "updated": 0, "unchanged": 0}
