"""Placing orders: priced by the shop, backed by stock, all of it or nothing."""

from decimal import Decimal

import pytest

from apps.orders.models import Order, OrderLine, OutboxEvent, Reservation
from apps.orders.services import placing
from chassis.callers import Caller
from tests.orders.conftest import ADDRESS, basket, client_of

pytestmark = pytest.mark.django_db


def refusal(answer):
    """What a refused order was answered: status, code, and what it points at."""
    problem = answer.json()
    return answer.status_code, problem["code"], [error["pointer"] for error in problem.get("errors", [])]


@pytest.fixture
def nothing_is_left():
    """No row of an order is there, whatever it would have been."""

    def check(*products):
        assert not any(model.objects.exists() for model in (Order, OrderLine, Reservation))
        assert not OutboxEvent.objects.filter(type__startswith="order.").exists()
        for product in products:
            product.refresh_from_db()
            assert product.reserved == 0

    return check


def test_an_order_costs_what_the_shop_says(customer, stocked, announced):
    mug, plate = stocked(price=1999, name="A mug"), stocked(price=1, sku="PLATE")

    answer = customer.command("/v1/orders", basket((mug, 2), (plate, 3), customer_note="Bitte klingeln 🔔"))

    order = answer.json()
    assert (answer.status_code, order["status"], order["payment_status"]) == (201, "pending_payment", "unpaid")
    assert (order["subtotal"], order["tax_total"], order["total"], order["amount_due"]) == (4001, 667, 4001, 4001)
    assert [(line["sku"], line["unit_price"], line["total"]) for line in order["lines"]][1] == ("PLATE", 1, 3)
    assert answer["Location"].endswith(f"/v1/orders/{order['id']}")
    assert (order["email"], order["customer_note"]) == ("ana@example.com", "Bitte klingeln 🔔")
    assert "guest_token" not in order
    assert announced(order["id"]) == ["order.placed"]


def test_an_order_is_read_as_it_was_answered(customer, order):
    assert customer.get(f"/v1/orders/{order['id']}").json() == order


def test_the_stock_of_an_order_is_held(placed, product, held):
    placed((product, 4))

    assert held(product) == 4


def test_later_prices_and_names_change_no_order(placed, product, catalog, shown):
    order = placed((product, 1))

    for path, body in (("", {"name": "Dear mug"}), ("/prices", {"prices": [{"currency": "GBP", "amount": 9999}]})):
        method = catalog.put if path else catalog.patch
        assert method(f"/v1/products/{product.id}{path}", body, headers={"If-Match": "*"}).status_code == 200

    assert shown(order)["lines"] == order["lines"]


def test_the_same_product_may_stand_in_two_lines(placed, stocked, held):
    mug = stocked(5, max_per_order=5)

    order = placed((mug, 2), (mug, 3))

    assert [line["quantity"] for line in order["lines"]] == [2, 3]
    assert held(mug) == 5


def test_two_lines_of_a_product_count_together(customer, stocked, nothing_is_left):
    mug, limited = stocked(5), stocked(5, max_per_order=4)

    too_few = customer.command("/v1/orders", basket((mug, 3), (mug, 3)))
    too_many = customer.command("/v1/orders", basket((limited, 2), (mug, 1), (limited, 3)))

    assert refusal(too_few) == (409, "insufficient_stock", ["/lines/0/quantity", "/lines/1/quantity"])
    assert refusal(too_many) == (422, "quantity_limit", ["/lines/0/quantity", "/lines/2/quantity"])
    nothing_is_left(mug, limited)


@pytest.mark.parametrize(
    ("facts", "quantity", "expected"),
    [
        ({"quantity": 1}, 2, (409, "insufficient_stock", ["/lines/1/quantity"])),
        ({"quantity": 0}, 1, (409, "insufficient_stock", ["/lines/1/quantity"])),
        ({"status": "draft"}, 1, (422, "product_unavailable", ["/lines/1/product_id"])),
        ({"status": "archived"}, 1, (422, "product_unavailable", ["/lines/1/product_id"])),
        ({"max_per_order": 1}, 2, (422, "quantity_limit", ["/lines/1/quantity"])),
        ({"prices": [{"currency": "EUR", "amount": 1}]}, 1, (422, "currency_not_supported", ["/lines/1/product_id"])),
    ],
)
def test_what_cannot_be_sold_is_pointed_at_and_nothing_is_held(
    customer, stocked, nothing_is_left, facts, quantity, expected
):
    good, bad = stocked(), stocked(**facts)

    answer = customer.command("/v1/orders", basket((good, 1), (bad, quantity)))

    assert refusal(answer) == expected
    nothing_is_left(good, bad)


def test_a_product_that_never_was_is_unavailable(customer, product, nothing_is_left):
    body = basket((product, 1))
    body["lines"].append({"product_id": "prd_none", "quantity": 1})

    answer = customer.command("/v1/orders", body)

    assert refusal(answer) == (422, "product_unavailable", ["/lines/1/product_id"])
    nothing_is_left(product)


def test_all_that_is_wrong_of_a_kind_is_told_at_once(customer, stocked):
    answer = customer.command("/v1/orders", basket((stocked(1), 2), (stocked(), 1), (stocked(3), 5)))

    told = [(error["pointer"], error["message"]) for error in answer.json()["errors"]]
    assert told == [("/lines/0/quantity", "1 available"), ("/lines/2/quantity", "3 available")]


@pytest.mark.parametrize("country", ["ZZ", "UK"])
def test_we_ship_to_countries_that_exist(customer, product, nothing_is_left, country):
    answer = customer.command("/v1/orders", basket((product, 1), shipping_address={**ADDRESS, "country": country}))

    assert refusal(answer) == (422, "shipping_not_available", ["/shipping_address/country"])
    nothing_is_left(product)


def test_we_ship_only_where_the_shop_says(customer, product, settings):
    settings.SHIPPING_COUNTRIES = {"GB"}

    answer = customer.command("/v1/orders", basket((product, 1)))

    assert answer.json()["code"] == "shipping_not_available"


def test_an_order_costs_what_its_buyer_has_seen(customer, product, nothing_is_left):
    answer = customer.command("/v1/orders", basket((product, 1), expected_total=999))

    assert refusal(answer) == (422, "total_mismatch", ["/expected_total"])
    assert answer.json()["total"] == 1000
    nothing_is_left(product)


def test_an_order_with_the_expected_total_is_taken(customer, product):
    answer = customer.command("/v1/orders", basket((product, 2), expected_total=2000))

    assert answer.status_code == 201


def test_no_order_costs_more_than_can_be_paid(customer, stocked, nothing_is_left):
    treasure = stocked(10, price=10**12)

    answer = customer.command("/v1/orders", basket((treasure, 2)))

    assert refusal(answer) == (422, "quantity_limit", ["/lines"])
    nothing_is_left(treasure)


def test_shipping_is_part_of_the_total(placed, product, settings):
    settings.SHIPPING = {"GBP": 495}

    order = placed((product, 1))

    assert (order["subtotal"], order["shipping_total"], order["total"], order["amount_due"]) == (1000, 495, 1495, 1495)


def test_the_tax_of_an_order_is_the_sum_of_its_rounded_lines(placed, stocked):
    pennies = [stocked(price=3) for _ in range(3)]

    order = placed(*((product, 1) for product in pennies))

    assert (order["tax_total"], order["total"]) == (3, 9)


def test_an_order_keeps_the_tax_rate_of_its_day(order, shown, settings):
    settings.TAX_RATE = Decimal("0.0725")

    assert shown(order)["lines"][0]["tax_rate"] == "0.20000"


def test_an_order_that_costs_nothing_is_confirmed_at_once(placed, stocked, announced, held):
    gift = stocked(price=0)

    order = placed((gift, 1))

    assert (order["status"], order["payment_status"], order["total"]) == ("confirmed", "paid", 0)
    assert (order["expires_at"], order["amount_due"]) == (None, 0)
    assert announced(order["id"]) == ["order.placed", "order.confirmed"]
    assert Reservation.objects.get().status == "committed"
    assert held(gift) == 1


@pytest.mark.parametrize("step", ["announce", "_write", "confirm"])
def test_nothing_is_left_of_an_order_that_broke_on_the_way(customer, stocked, monkeypatch, nothing_is_left, step):
    gift, whole = stocked(price=0), getattr(placing, step)

    def breaks(*args, **kwargs):
        whole(*args, **kwargs)
        raise ConnectionAbortedError

    monkeypatch.setattr(placing, step, breaks)
    answer = customer.command("/v1/orders", basket((gift, 1)))

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    nothing_is_left(gift)


def test_the_stock_and_the_order_are_one_transaction(product, monkeypatch, nothing_is_left):
    monkeypatch.setattr(placing, "announce", lambda event: 1 / 0)
    wanted = [placing.Wanted(product.id, 1)]

    with pytest.raises(ZeroDivisionError):
        placing.place_order(lines=wanted, currency="GBP", shipping_address=ADDRESS, email="ana@example.com")

    nothing_is_left(product)


def test_an_order_that_broke_can_be_sent_again_with_its_key(customer, product, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(placing, "announce", lambda event: 1 / 0)
        first = customer.command("/v1/orders", basket((product, 1)), key="one")

    second = customer.command("/v1/orders", basket((product, 1)), key="one")

    assert (first.status_code, second.status_code) == (500, 201)


def test_an_order_sent_twice_is_placed_once(customer, product, held):
    first, second = (customer.command("/v1/orders", basket((product, 3)), key="one") for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (first["Location"], first["ETag"]) == (second["Location"], second["ETag"])
    assert held(product) == 3


def test_a_refused_order_stays_refused_under_its_key(customer, stocked, staff):
    mug = stocked(0)
    first = customer.command("/v1/orders", basket((mug, 1)), key="one")
    movement = {"delta": 5, "reason": "receipt"}
    staff("fulfilment").command(f"/v1/products/{mug.id}/stock-movements", movement)

    again, anew = (customer.command("/v1/orders", basket((mug, 1)), key=key) for key in ("one", "two"))

    assert (first.status_code, again.status_code, anew.status_code) == (409, 409, 201)


def test_a_key_is_good_for_one_order(customer, product):
    customer.command("/v1/orders", basket((product, 1)), key="one")

    answer = customer.command("/v1/orders", basket((product, 2)), key="one")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_two_customers_may_have_the_same_key(customer, other_customer, product):
    orders = [
        client.command("/v1/orders", basket((product, 1)), key="one").json() for client in (customer, other_customer)
    ]

    assert orders[0]["id"] != orders[1]["id"]


def test_an_order_needs_a_key(customer, product):
    answer = customer.post("/v1/orders", basket((product, 1)))

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"product_id": "prd_x", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"product_id": "prd_x", "quantity": -1}]}, "/lines/0/quantity"),
        ({"lines": [{"product_id": "prd_x", "quantity": True}]}, "/lines/0/quantity"),
        ({"lines": [{"product_id": "prd_x", "quantity": "1"}]}, "/lines/0/quantity"),
        ({"lines": [{"product_id": "prd_x", "quantity": 10**6 + 1}]}, "/lines/0/quantity"),
        ({"lines": [{"product_id": "prd_x", "quantity": 1, "unit_price": 1}]}, "/lines/0/unit_price"),
        ({"lines": {}}, "/lines"),
        ({"currency": "pounds"}, "/currency"),
        ({"total": 1}, "/total"),
        ({"expected_total": -1}, "/expected_total"),
        ({"customer_note": "x" * 501}, "/customer_note"),
        ({"shipping_address": {**ADDRESS, "country": "no"}}, "/shipping_address/country"),
        ({"shipping_address": {**ADDRESS, "phone": "0815"}}, "/shipping_address/phone"),
        ({"shipping_address": {**ADDRESS, "city": " "}}, "/shipping_address/city"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_a_pointer(customer, product, change, pointer):
    answer = customer.command("/v1/orders", {**basket((product, 1)), **change})

    assert refusal(answer) == (400, "invalid_request", [pointer])


def test_an_order_of_six_hundred_lines_is_one_order(placed, many_stocked, held, django_assert_max_num_queries):
    products = many_stocked(600)

    with django_assert_max_num_queries(60, using="orders"):
        order = placed(*((product, 1 + number % 5) for number, product in enumerate(products)))

    assert (len(order["lines"]), order["total"]) == (600, 600 * 3 * 1000)
    assert held(products[4]) == 5


def test_a_long_order_is_cancelled_in_few_queries(placed, many_stocked, customer, held, django_assert_max_num_queries):
    products = many_stocked(200)
    order = placed(*((product, 1) for product in products))

    with django_assert_max_num_queries(30, using="orders"):
        answer = customer.post(f"/v1/orders/{order['id']}/cancel", {})

    assert (answer.status_code, held(products[0])) == (200, 0)


def test_no_service_buys(product):
    payments = client_of(Caller(id="service:payments", kind="service"))

    assert payments.command("/v1/orders", basket((product, 1))).status_code == 403
