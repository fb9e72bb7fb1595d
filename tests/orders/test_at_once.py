"""What happens at the same moment: nothing is sold, paid, refunded or returned twice."""

from collections import Counter

import pytest

from apps.orders.models import Order, PaymentAttempt, Product, RefundRequest
from tests.orders.conftest import basket, person

pytestmark = pytest.mark.django_db(transaction=True)


def statuses(answers):
    return Counter(answer.status_code for answer in answers)


def test_of_fifty_buyers_ten_get_the_ten_that_are_left(at_once, stocked, held):
    mug = stocked(10)
    buyers = [person() for _ in range(50)]

    answers = at_once(*(lambda by=by: by.command("/v1/orders", basket((mug, 1))) for by in buyers))

    assert statuses(answers) == {201: 10, 409: 40}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"insufficient_stock"}
    assert (Order.objects.count(), held(mug)) == (10, 10)


def test_orders_of_the_same_products_in_any_order_wait_for_no_one_for_ever(at_once, stocked):
    one, other = stocked(10), stocked(10)
    baskets = [basket((one, 1), (other, 1)), basket((other, 1), (one, 1))] * 5

    answers = at_once(*(lambda body=body: person().command("/v1/orders", body) for body in baskets))

    assert statuses(answers) == {201: 10}


def test_the_same_order_sent_many_times_at_once_is_one_order(at_once, customer, product, held):
    body = basket((product, 1))

    answers = at_once(*[lambda: customer.command("/v1/orders", body, key="one")] * 20)

    placed = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    waiting = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert len(placed) == Order.objects.count() == held(product) == 1
    assert waiting <= {"request_in_progress"}


def test_an_order_paid_many_times_at_once_has_one_payment(at_once, customer, order, payments):
    path = f"/v1/orders/{order['id']}/pay"

    answers = at_once(*[lambda: customer.command(path)] * 10)

    assert statuses(answers) == {201: 1, 200: 9}
    assert len({answer.json()["payment"]["id"] for answer in answers}) == PaymentAttempt.objects.count() == 1


def test_an_order_cancelled_many_times_at_once_is_cancelled_once(
    at_once, customer, paid_order, announced, held, product
):
    path = f"/v1/orders/{paid_order['id']}/cancel"

    answers = at_once(*[lambda: customer.post(path, {})] * 8)

    assert statuses(answers) == {200: 8}
    assert announced(paid_order["id"]).count("order.cancelled") == RefundRequest.objects.count() == 1
    assert held(product) == 0


def test_of_many_refunds_at_once_as_many_are_made_as_was_paid(at_once, finance, paid_order, payments):
    path = f"/v1/orders/{paid_order['id']}/refunds"

    answers = at_once(*[lambda: finance.command(path, {"amount": 600})] * 8)

    assert statuses(answers)[201] == 3
    assert {answer.json()["code"] for answer in answers if answer.status_code == 422} == {"refund_exceeds_paid"}
    assert sum(refund["amount"] for refund in payments.refunds.values()) == 1800


def test_an_order_paid_and_cancelled_at_once_is_given_back_or_never_paid(
    at_once, customer, order, payments, tell, shown
):
    customer.command(f"/v1/orders/{order['id']}/pay")
    fact = payments.succeeded(order["id"])

    at_once(lambda: tell(fact), lambda: customer.post(f"/v1/orders/{order['id']}/cancel", {}))
    tell()

    assert (shown(order)["status"], shown(order)["payment_status"]) == ("cancelled", "refund_pending")
    assert [refund["amount"] for refund in payments.refunds.values()] == [2000]


def test_workers_that_look_at_once_expire_an_order_once(at_once, customer, order, work, later, announced, payments):
    customer.command(f"/v1/orders/{order['id']}/pay")

    with later(minutes=31):
        at_once(*[work] * 4)

    assert announced(order["id"]).count("order.expired") == 1
    assert payments.of(order["id"])["status"] == "cancelled"


def test_a_change_of_a_product_loses_no_stock_that_is_held_meanwhile(at_once, catalog, stocked, staff, held):
    mug, fulfilment = stocked(20), staff("fulfilment")
    path, movement = f"/v1/products/{mug.id}", {"delta": 1, "reason": "receipt"}

    def rename():
        return catalog.patch(path, {"name": "A cup"}, headers={"If-Match": "*"})

    buying = [lambda: person().command("/v1/orders", basket((mug, 1)))] * 6
    receiving = [lambda: fulfilment.command(f"{path}/stock-movements", movement)] * 4
    answers = at_once(*buying, *receiving, *[rename] * 6)

    assert statuses(answers)[201] == 10
    assert (held(mug), Product.objects.get().on_hand) == (6, 24)


def test_of_two_changes_based_on_one_version_one_is_made(at_once, catalog, product):
    path = f"/v1/products/{product.id}"
    read = {"If-Match": catalog.get(path)["ETag"]}

    answers = at_once(*(lambda name=name: catalog.patch(path, {"name": name}, headers=read) for name in "abcdef"))

    assert statuses(answers) == {200: 1, 412: 5}
    assert Product.objects.get().version == 2


def test_a_sku_wanted_by_many_at_once_is_given_once(at_once, catalog, transactional_db):
    body = {"sku": "ONE", "name": "A mug", "prices": [{"currency": "GBP", "amount": 1}]}

    answers = at_once(*[lambda: catalog.post("/v1/products", body)] * 6)

    assert statuses(answers) == {201: 1, 409: 5}


@pytest.fixture
def aside(paid_order, staff):
    """Both units of a paid order, put aside; and whoever sends them."""
    path, by = f"/v1/orders/{paid_order['id']}/fulfillments", staff("fulfilment")
    lines = [{"line_id": paid_order["lines"][0]["id"], "quantity": 2}]
    made = by.command(path, {"lines": lines}).json()
    return lambda verb, key="": by.command(f"{path}/{made['id']}/{verb}", key=key)


def test_a_parcel_shipped_many_times_at_once_leaves_the_stock_once(at_once, aside, product):
    answers = at_once(*[lambda: aside("ship")] * 8)

    assert statuses(answers) == {200: 8}
    assert (Product.objects.get(pk=product.pk).on_hand, Product.objects.get(pk=product.pk).reserved) == (8, 0)


def test_an_order_shipped_and_cancelled_at_once_is_one_of_the_two(at_once, aside, customer, paid_order, shown):
    cancel = f"/v1/orders/{paid_order['id']}/cancel"

    answers = at_once(lambda: aside("ship"), lambda: customer.command(cancel))

    assert statuses(answers) == {200: 1, 409: 1}
    order = shown(paid_order)
    assert (order["status"], order["fulfillment_status"]) in {("confirmed", "fulfilled"), ("cancelled", "unfulfilled")}


def test_units_put_aside_by_many_at_once_are_no_more_than_there_are(at_once, paid_order, staff):
    path, by = f"/v1/orders/{paid_order['id']}/fulfillments", staff("fulfilment")
    body = {"lines": [{"line_id": paid_order["lines"][0]["id"], "quantity": 1}]}

    assert statuses(at_once(*[lambda: by.command(path, body)] * 6)) == {201: 2, 422: 4}


def test_money_that_is_told_and_asked_after_at_once_counts_once(at_once, customer, order, payments, tell, work, later):
    customer.command(f"/v1/orders/{order['id']}/pay")
    fact = payments.succeeded(order["id"])
    with later(minutes=3):
        at_once(lambda: tell(fact), work, work)

    assert Order.objects.get().amount_paid == 2000
    assert not RefundRequest.objects.exists()


def test_three_thirds_of_a_thousand_at_once_are_a_thousand(at_once, finance, placed, paid, stocked, payments):
    order = paid(placed((stocked(price=1000), 1)))
    path = f"/v1/orders/{order['id']}/refunds"
    thirds = [333, 333, 334]

    answers = at_once(*(lambda amount=amount: finance.command(path, {"amount": amount}) for amount in [*thirds, 1]))

    given = sum(refund["amount"] for refund in payments.refunds.values())
    assert given <= 1000
    assert statuses(answers)[201] >= 3
    assert finance.command(path, {"amount": 1001 - given}).status_code in {409, 422}
