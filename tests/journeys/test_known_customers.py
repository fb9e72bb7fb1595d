"""Whose order it is, asked a thousand times in three processes: orders asks users once, and hears of every change."""

import re
import time

import pytest
import requests

from tests.journeys.test_degraded import bought
from tests.journeys.visitors import admin, all_at_once, ask, stocked
from tests.permissions.belongings import Customer
from tests.topologies.running import running
from tests.topologies.shapes import THREE_PROCESSES

pytestmark = pytest.mark.timeout(180)
WITHIN_SECONDS = 5


@pytest.fixture(scope="module")
def shop():
    with running(THREE_PROCESSES) as shop:
        yield shop


def calls(shop):
    """How often users was asked who somebody is, by its own count."""
    port = shop.ports[shop.shape.group_of("users")]
    counted = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    lines = re.findall(r"^tearline_requests_total\{.*internal/users/v1/users/.*\} ([0-9.]+)$", counted, re.MULTILINE)
    return int(sum(map(float, lines)))


@pytest.mark.parametrize("count", [200, pytest.param(1000, marks=pytest.mark.prove)])
def test_reads_are_one_call_and_a_change_is_shown_within_one_announcement(shop, count):
    ana, staff = Customer(shop, f"ana-{count}@example.com"), admin(shop)
    path = f"/v2/orders/{bought(ana, stocked(shop, f'CUP-{count}', 5)).json()['id']}/customer"

    def many_reads():
        return [ask(shop, "GET", path, headers=staff).json() for _ in range(count // 20)]

    before, started = calls(shop), time.monotonic()
    shown = [one for reads in all_at_once([many_reads] * 20) for one in reads]
    seconds = time.monotonic() - started
    first = calls(shop) - before
    ana.ask("PATCH", "/v1/users/me", full_name="Ana Kovač").raise_for_status()
    changed = time.monotonic()
    while ask(shop, "GET", path, headers=staff).json()["full_name"] != "Ana Kovač":
        assert time.monotonic() < changed + WITHIN_SECONDS
        time.sleep(0.02)
    waited = time.monotonic() - changed

    then = calls(shop) - before - first

    print(f"{count} reads in {seconds:.1f} s, {first} call; a change shown after {waited:.2f} s, by {then} call more")
    assert {one["full_name"] for one in shown} == {f"ana-{count}@example.com"}
    assert len({one["as_of"] for one in shown}) == 1
    assert (len(shown), first, then) == (count, 1, 1)
