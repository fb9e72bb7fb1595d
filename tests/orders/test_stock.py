"""What lies in the warehouse, and what of it orders hold."""

import pytest

from apps.orders.models import Product, StockMovement
from apps.orders.services.catalogue import MAX_ON_HAND

pytestmark = pytest.mark.django_db


@pytest.fixture
def move(staff):
    """Books a movement, by default as somebody of the warehouse."""
    fulfilment = staff("fulfilment")

    def moved(product, delta, reason="receipt", by=fulfilment, body=None, **how):
        wanted = {"delta": delta, "reason": reason, **(body or {})}
        return by.command(f"/v1/products/{product.id}/stock-movements", wanted, **how)

    return moved


def test_what_comes_in_is_on_hand(move, product, support):
    answer = move(product, 5, body={"note": "Lieferschein 17"})

    movement = answer.json()
    assert (answer.status_code, movement["on_hand_after"], movement["reference"]) == (201, 15, "Lieferschein 17")
    assert support.get(f"/v1/products/{product.id}").json()["available"] == 15


def test_a_movement_sent_twice_is_booked_once(move, product):
    first, second = (move(product, 5, key="delivery-17") for _ in range(2))

    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert Product.objects.get().on_hand == 15


def test_a_movement_needs_a_key(staff, product):
    body = {"delta": 5, "reason": "receipt"}

    answer = staff("fulfilment").post(f"/v1/products/{product.id}/stock-movements", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_what_orders_hold_cannot_go_out(move, product, placed):
    placed((product, 4))

    too_much, all_of_it = move(product, -7, "damage"), move(product, -6, "damage")

    assert (too_much.status_code, too_much.json()["code"]) == (409, "stock_below_reserved")
    assert (all_of_it.status_code, all_of_it.json()["on_hand_after"]) == (201, 4)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"delta": 0}, "/delta"),
        ({"delta": "5"}, "/delta"),
        ({"delta": True}, "/delta"),
        ({"delta": 10**9 + 1}, "/delta"),
        ({"reason": "theft"}, "/reason"),
        ({"note": "x" * 201}, "/note"),
    ],
)
def test_a_movement_that_makes_no_sense_is_refused_with_a_pointer(move, product, body, pointer):
    answer = move(product, 1, body=body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert StockMovement.objects.count() == 1


def test_whoever_sees_the_stock_reads_its_movements(move, product, support, customer):
    move(product, -1, "correction")

    answer = support.get(f"/v1/products/{product.id}/stock-movements")

    assert [movement["delta"] for movement in answer.json()["data"]] == [-1, 10]
    assert customer.get(f"/v1/products/{product.id}/stock-movements").status_code == 403


def test_only_the_warehouse_moves_stock(move, product, support, customer, guest):
    statuses = [move(product, 1, by=client).status_code for client in (support, customer, guest)]

    assert statuses == [403, 403, 401]


def test_no_warehouse_holds_more_than_the_largest_number(move, product, staff):
    Product.objects.update(on_hand=MAX_ON_HAND)
    StockMovement.objects.update(delta=MAX_ON_HAND)

    answer = move(product, 1)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/delta")
    assert move(product, -(10**9)).json()["on_hand_after"] == MAX_ON_HAND - 10**9


def test_there_is_no_stock_of_what_does_not_exist(staff):
    fulfilment, path = staff("fulfilment"), "/v1/products/prd_none/stock-movements"

    answers = [fulfilment.get(path), fulfilment.command(path, {"delta": 1, "reason": "receipt"})]

    assert [answer.status_code for answer in answers] == [404, 404]
