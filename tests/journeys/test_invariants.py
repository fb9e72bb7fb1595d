"""`manage.py check_invariants`, as an operator runs it beside a running shop, in one process and in three."""

import json
import re
import secrets

import pytest

from chassis.identifiers import ID_PATTERN
from tests.journeys.visitors import ask, order_of, stocked
from tests.proving import rarely
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES

SHAPES = [ONE_PROCESS, *rarely(THREE_PROCESSES)]
FOUND = [
    "I13 (the ledger is balanced), payments: pay_…: the ledger says 2000, captured less refunded is 1999",
    "I7 (a confirmed order is covered), orders, payments: ord_…: it is confirmed, costs 2000, and 1999 cover it",
    "I10 (amounts agree), orders, payments: ord_…: orders counts 2000 as captured, payments 1999",
    "Looked at 3 orders, 2 payments, 0 customers, 1 announcements; violations: 3",
]


def command(shop, path, body, headers=None):
    answer = ask(shop, "POST", path, json=body, headers={"Idempotency-Key": secrets.token_hex(16), **(headers or {})})
    assert answer.status_code < 300, answer.text
    return answer.json()


def trade(shop):
    """Three guests order two each: one pays, one begins to, one does nothing."""
    product = stocked(shop, "MUG", 10)
    for deed in ("pays", "begins", "leaves"):
        order = command(shop, "/v2/orders", order_of(product, 2))
        if deed != "leaves":
            token = {"X-Order-Token": order["guest_token"]}
            payment = command(shop, f"/v2/orders/{order['id']}/pay", {}, token)["payment"]
        if deed == "pays":
            payer = {"Authorization": f"Bearer {payment['payer_token']}"}
            command(shop, f"/v1/sandbox/payments/{payment['id']}/confirm", {"payment_method": "sbx_ok"}, payer)
    shop.settle()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shop_that_has_traded_is_sound_and_a_row_changed_by_hand_is_named(shape):
    with running(shape, serve=production) as shop:
        trade(shop)
        sound = shop.manage("check_invariants", "--grace", "0", "--provider")
        shop.store.change("payments", "UPDATE payments_payment SET amount_captured = 1999 WHERE amount_captured > 0")
        broken = shop.manage("check_invariants", "--grace", "0")
        told = json.loads(shop.manage("check_invariants", "--grace", "0", "--json").stdout)

    assert (sound.returncode, sound.stdout.count("\n")) == (0, 1), sound.stdout + sound.stderr
    lines = [re.sub(ID_PATTERN, lambda id: f"{id[0][:4]}…", line) for line in broken.stdout.splitlines()]
    assert (broken.returncode, lines) == (1, FOUND)
    assert [found["invariant"] for found in told["violations"]] == ["I13", "I7", "I10"]


@pytest.mark.timeout(300)
@pytest.mark.prove
def test_any_process_of_a_split_can_ask_and_one_that_is_down_is_named():
    with running(THREE_PROCESSES, serve=production) as shop:
        trade(shop)
        shop.stop("orders")
        asked = shop.manage("check_invariants", "--grace", "0")

    assert asked.returncode == 2
    assert asked.stdout.startswith("orders could not be asked: ConnectionError")
