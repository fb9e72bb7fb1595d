"""What a page of orders offers next, and to whom."""

import pytest

from apps.orders.api.pages import order_steps, product_steps
from chassis.callers import Caller
from chassis.pages import Form

PRICES = [{"currency": "EUR", "amount": 300}, {"currency": "GBP", "amount": 255}]
ANA = Caller(id="usr_ana", kind="user")


def buttons(steps):
    return [step.button for step in steps if isinstance(step, Form)]


def order(status="pending_payment", actions=("pay", "cancel")):
    return {"id": "ord_1", "customer_id": "usr_ana", "status": status, "allowed_actions": list(actions)}


def product(status="active", prices=PRICES):
    return {"id": "prd_1", "status": status, "prices": prices}


def test_a_buyer_pays_or_cancels_an_order_that_waits_for_its_money():
    assert buttons(order_steps(order(), ANA)) == ["Pay", "Cancel order"]


@pytest.mark.parametrize(("actions", "offered"), [(["cancel", "refund"], ["Cancel order"]), ([], [])])
def test_an_order_offers_what_its_state_allows(actions, offered):
    assert buttons(order_steps(order("confirmed", actions), ANA)) == offered


@pytest.mark.parametrize(
    ("scope", "offered"),
    [("orders:read", []), ("orders:cancel", ["Cancel order"]), ("payments:write", ["Pay"])],
)
def test_staff_are_offered_what_their_scopes_open(scope, offered):
    clerk = Caller(id="usr_clerk", kind="user", scopes=frozenset({scope}))

    assert buttons(order_steps(order(), clerk)) == offered


def test_an_order_that_waits_can_be_looked_at_again():
    waiting, settled = (list(order_steps(order(status), ANA)) for status in ("pending_payment", "confirmed"))

    assert "Refresh" in {step.name for step in waiting if not isinstance(step, Form)}
    assert "Refresh" not in {step.name for step in settled if not isinstance(step, Form)}


def test_a_product_is_ordered_in_a_currency_that_it_has_a_price_in():
    (form,) = (step for step in product_steps(product(), ANA) if isinstance(step, Form) and step.path == "/orders")

    assert form.values == {"currency": "EUR", "lines": [{"product_id": "prd_1", "quantity": 1}]}
    assert form.choices == {"currency": ["EUR", "GBP"]}


@pytest.mark.parametrize("unsellable", [product("archived"), product("draft"), product(prices=[])])
def test_what_is_not_for_sale_cannot_be_ordered_from_its_page(unsellable):
    assert "Place order" not in buttons(product_steps(unsellable, ANA))
