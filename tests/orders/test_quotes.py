"""What a basket costs, before anything is held."""

import pytest

from tests.orders.conftest import basket

pytestmark = pytest.mark.django_db


@pytest.fixture
def quote(guest):
    def quoted(*lines, **more):
        body = basket(*lines, **more)
        del body["shipping_address"]
        return guest.post("/v1/quotes", body)

    return quoted


def test_anyone_is_told_what_a_basket_costs(quote, stocked, held):
    mug, plate = stocked(price=1999), stocked(price=1)

    answer = quote((mug, 2), (plate, 3))

    told = answer.json()
    assert (answer.status_code, told["subtotal"], told["shipping_total"], told["total"]) == (200, 4001, 0, 4001)
    assert [(line["total"], line["tax"], line["tax_rate"]) for line in told["lines"]] == [
        (3998, 666, "0.20000"),
        (3, 1, "0.20000"),
    ]
    assert held(mug) == 0


@pytest.mark.parametrize(("price", "quantity", "tax"), [(3, 1, 1), (2, 1, 0), (5, 3, 3), (1999, 7, 2332), (0, 5, 0)])
def test_the_tax_of_a_line_is_rounded_half_up_to_the_minor_unit(quote, stocked, price, quantity, tax):
    line = quote((stocked(price=price), quantity)).json()["lines"][0]

    assert line["tax"] == tax


def test_exactly_half_a_penny_is_rounded_up(quote, stocked, settings):
    settings.TAX_RATE = settings.TAX_RATE.__class__("1.0")

    line = quote((stocked(price=1), 1)).json()["lines"][0]

    assert line["tax"] == 1


def test_shipping_is_a_flat_amount_for_each_currency(quote, product, settings):
    settings.SHIPPING = {"GBP": 495}

    told = quote((product, 1)).json()

    assert (told["subtotal"], told["shipping_total"], told["total"]) == (1000, 495, 1495)


def test_only_what_is_short_is_told_how_short(quote, stocked):
    plenty, scarce = stocked(10), stocked(3)

    lines = quote((plenty, 10), (scarce, 4)).json()["lines"]

    assert [(line["available"], line["available_quantity"]) for line in lines] == [(True, None), (False, 3)]


def test_a_product_in_two_lines_must_be_there_for_both(quote, stocked):
    mug = stocked(5)

    lines = quote((mug, 3), (mug, 3)).json()["lines"]

    assert [(line["available"], line["available_quantity"]) for line in lines] == [(False, 5), (False, 5)]


@pytest.mark.parametrize(
    ("facts", "more", "code", "pointer"),
    [
        ({"status": "draft"}, {}, "product_unavailable", "/lines/1/product_id"),
        ({"max_per_order": 1}, {}, "quantity_limit", "/lines/1/quantity"),
        ({"prices": [{"currency": "EUR", "amount": 1}]}, {}, "currency_not_supported", "/lines/1/product_id"),
    ],
)
def test_what_cannot_be_sold_is_not_priced(quote, stocked, facts, more, code, pointer):
    answer = quote((stocked(), 1), (stocked(**facts), 2), **more)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_quote_asks_the_database_as_often_however_long_the_basket_is(quote, many_stocked, django_assert_num_queries):
    products = many_stocked(30)

    with django_assert_num_queries(2, using="orders"):
        quote(*((product, 1) for product in products))


def test_the_largest_basket_is_told_what_it_costs_and_cannot_be_ordered(quote, customer, stocked):
    dear = stocked(quantity=10**9, price=10**12)
    lines = [(dear, 10**6)] * 600

    told, ordered = quote(*lines), customer.command("/v1/orders", basket(*lines))

    assert (told.status_code, told.json()["total"]) == (200, 600 * 10**18)
    assert (ordered.status_code, ordered.json()["code"]) == (422, "quantity_limit")
