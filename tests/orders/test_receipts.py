"""The receipt of an order, as plain text."""

import pytest

from apps.orders.api.receipts import NAME_WIDTH
from apps.orders.models import Order, OrderLine

pytestmark = pytest.mark.django_db

MARKS = ("\u0301", "\ufe0f")


@pytest.fixture
def receipt(customer):
    """The receipt as its customer reads it, line by line."""
    return lambda order: (
        customer.get(f"/v1/orders/{order['id']}", headers={"Accept": "text/plain"}).content.decode().splitlines()
    )


@pytest.fixture
def receipt_with(receipt, order):
    """The same, of an order whose one line has another name."""

    def renamed(name):
        OrderLine.objects.update(name=name)
        return receipt(order)

    return renamed


def test_a_receipt_says_who_sold_what_for_how_much(receipt, paid_order):
    Order.objects.update(number="7F3K-9QXA", placed_at="2026-01-31T12:00:00Z", shipping_total=0)

    assert receipt(paid_order) == [
        "Tearline",
        "Receipt for order 7F3K-9QXA",
        "2026-01-31 12:00 UTC",
        "-" * 66,
        "A mug                                     2 × 10.00 GBP  20.00 GBP",
        "-" * 66,
        "Total                                                    20.00 GBP",
        "Tax included                                              3.33 GBP",
        "-" * 66,
        "Paid                                                     20.00 GBP",
        "Refunded                                                  0.00 GBP",
    ]


def test_amounts_have_the_decimals_of_their_currency(receipt, order):
    Order.objects.update(currency="JPY")

    assert "2 × 1,000 JPY  2,000 JPY" in receipt(order)[4]


@pytest.mark.parametrize("forged", ["A mug\nTotal 0.00 GBP", "A\r\nmug", "A\u2028mug", "A\x1b[2Kmug", "A\x1f\x85mug"])
def test_a_name_adds_no_line_and_moves_no_cursor(receipt_with, forged):
    lines = receipt_with(forged)

    assert len(lines) == 11
    assert lines[4].startswith("A ")
    assert all(character.isprintable() for line in lines for character in line)


@pytest.mark.parametrize("name", ["A mug", "Æ" * 200, "茶碗" * 50, "e\u0301" * 45, "\u202emug", "mug \ufe0f", " " * 90])
def test_columns_stay_where_they_are_whatever_a_product_is_called(receipt_with, name):
    line = receipt_with(name)[4]

    assert line.endswith("  2 × 10.00 GBP  20.00 GBP")
    assert len(line.rpartition("  2 ×")[0]) <= NAME_WIDTH + sum(map(name.count, MARKS))


def test_an_order_that_is_not_there_has_no_receipt(other_customer, order):
    answer = other_customer.get(f"/v1/orders/{order['id']}", headers={"Accept": "text/plain"})

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
