"""A real day of trading, over HTTP, against a running shop; the sums are counted a second time from the file."""

import json
import subprocess

import pytest

from deploy.processes import BASE, PYTHON
from tests.demo.sums import Sums, expected_sums
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES

DAY = BASE / "demo" / "online_retail_2010-12-01.csv"


@pytest.mark.timeout(180)
@pytest.mark.prove
def test_the_first_fifteen_invoices_come_to_what_the_file_says_and_once_only():
    with running(ONE_PROCESS, serve=production) as shop:
        first = trade(shop, "--first", "15")
        traded = rows(shop)

        second = trade(shop, "--first", "15")

        assert sums(first) == expected_sums(DAY, 15)
        assert second == first
        assert rows(shop) == traded


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("shape", [ONE_PROCESS, THREE_PROCESSES], ids=lambda shape: shape.name)
def test_the_whole_day_comes_to_what_the_file_says(shape):
    with running(shape, serve=production) as shop:
        summary = trade(shop)

    assert sums(summary) == expected_sums(DAY)
    assert summary["notes"] == []


def trade(shop, *words):
    command = [PYTHON, "-m", "demo", str(DAY), "--url", shop.url, "--json", "--quiet", *words]
    traded = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=False)
    assert traded.returncode == 0, traded.stderr
    shop.settle()
    return json.loads(traded.stdout)


def sums(summary):
    return Sums(
        orders=summary["orders"],
        lines=summary["lines"],
        revenue_pence=summary["revenue_pence"],
        guest_orders=summary["guest_orders"],
        cancelled=summary["cancelled_orders"],
        refunds_pence=summary["refunds_pence"],
        untraded=len(summary["untraded"]),
    )


def rows(shop):
    """What was traded: every row of orders and payments, and the accounts. Signing in again is no trade."""
    return {
        table: sorted(map(repr, shop.store.select(service, f'SELECT * FROM "{table}"')))
        for service in shop.store.urls
        for table in shop.store.tables(service)
        if table.startswith(("orders_", "payments_")) or table == "users_user"
    }
