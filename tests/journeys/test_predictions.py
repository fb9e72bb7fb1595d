"""What the map says that a split would cost, against what it does cost."""

import json

import pytest

from tests.journeys.visitors import ask, order_of, stocked
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS, Shape

pytestmark = [pytest.mark.prove, pytest.mark.timeout(240)]

PAY = "POST /v1/orders/{id}/pay"
ORDERS = 60
WITHOUT_ORDERS = Shape((("users", "payments"), ("orders",)))


def pay(shop, product, number):
    headers = {"Idempotency-Key": f"a-guest-has-something-{number}"}
    placed = ask(shop, "POST", "/v1/orders", json=order_of(product), headers=headers).json()
    headers["X-Order-Token"] = placed["guest_token"]
    ask(shop, "POST", f"/v1/orders/{placed['id']}/pay", json={}, headers=headers).raise_for_status()


def seen(shop):
    """What the map of a shop says of orders, and of its route that pays."""
    told = json.loads(shop.manage("topology", "--json").stdout)["map"]
    report = next(split for split in told["splits"] if split["service"] == "orders")
    route = next(one for one in report["routes"] if f"{one['method']} {one['path']}" == PAY)
    return report, route, told["remote_milliseconds"]


@pytest.fixture
def shops():
    """One process, and the same with orders split out of it, at the same time: the machine is as busy for both."""
    with running(ONE_PROCESS, serve=production) as whole, running(WITHOUT_ORDERS, serve=production) as torn:
        products = {shop.url: stocked(shop, "predicted", ORDERS) for shop in (whole, torn)}
        for number in range(ORDERS):
            for shop in (whole, torn):
                pay(shop, products[shop.url], number)
        yield whole, torn


def test_a_split_costs_about_what_was_predicted(shops, capsys):
    (before, whole, remote), (after, torn, _) = map(seen, shops)

    predicted, measured = whole["predicted_p50"], torn["p50"]
    with capsys.disabled():
        print(f"\n{PAY}: p50 {whole['p50']:.1f} ms in one process, {whole['moved']:g} calls × {remote:.1f} ms")
        print(f"predicted {predicted:.1f} ms, measured {measured:.1f} ms, error {predicted / measured - 1:+.0%}")
    assert (before["together"], after["together"]) == (["users", "orders", "payments"], ["orders"])
    assert (whole["count"], whole["calls"], whole["most"], whole["moved"]) == (ORDERS, 1.0, 1, 1.0)
    assert (torn["count"], torn["moved"], torn["cost"]) == (ORDERS, 0.0, 0.0)
    assert measured / 4 < predicted < measured * 4
