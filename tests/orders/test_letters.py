"""The letters that orders writes to whoever ordered."""

import pytest
from django.core import mail

from apps.orders.models import Mail
from chassis.mails import letter, send

pytestmark = pytest.mark.django_db

FACTS = {"order_id": "ord_1", "number": "R7K4-2M9Q", "total": "20.00 GBP", "refund": "5.00 GBP"}


def sent():
    """The letters that the workers have sent by now, as (to, subject)."""
    while send("orders", "worker"):
        pass
    return [(message.to, message.subject) for message in mail.outbox]


def kinds():
    return [*Mail.objects.order_by("pk").values_list("kind", flat=True)]


@pytest.mark.parametrize("kind", ["placed", "confirmed", "shipped", "cancelled", "refunded"])
def test_a_letter_is_plain_text_with_one_line_as_its_subject(kind):
    written = letter("orders", kind, to="ana@example.com", facts=FACTS)

    assert "R7K4-2M9Q" in written.subject
    assert "\n" not in written.subject
    assert "/v2/orders/ord_1\n" in written.body
    assert written.body.endswith("\nTearline\n")
    assert "{" not in written.body


def test_a_customer_hears_of_the_order_and_of_its_confirmation(order, paid):
    assert sent() == [(["ana@example.com"], f"Your order {order['number']}")]

    paid(order)

    assert sent()[1:] == [(["ana@example.com"], f"Your order {order['number']} is confirmed")]
    assert "20.00 GBP" in mail.outbox[0].body


def test_a_guest_finds_the_order_by_the_letter(guest, placed, product):
    order = placed((product, 1), by=guest, email="guest@example.com")

    assert sent() == [(["guest@example.com"], f"Your order {order['number']}")]
    assert f"\n    {order['guest_token']}\n" in mail.outbox[0].body


def test_a_customers_letter_opens_nothing(order):
    sent()

    assert "X-Order-Token" not in mail.outbox[0].body


def test_who_cancels_hears_of_it_and_of_the_money(customer, paid_order, payments, tell):
    customer.command(f"/v1/orders/{paid_order['id']}/cancel")
    (refund,) = payments.refunds.values()
    tell(payments.refunded(refund))

    assert kinds() == ["placed", "confirmed", "cancelled", "refunded"]
    sent()
    assert "what you paid, 20.00 GBP" in mail.outbox[2].body
    assert mail.outbox[3].subject == f"We gave back 20.00 GBP of your order {paid_order['number']}"


def test_whoever_waits_for_a_parcel_hears_how_it_travels(paid_order, staff):
    path, by = f"/v1/orders/{paid_order['id']}/fulfillments", staff("fulfilment")
    lines = [{"line_id": paid_order["lines"][0]["id"], "quantity": 1}]
    made = by.command(path, {"lines": lines}).json()
    travels = {"carrier": "Posten", "tracking_number": "NO 1", "tracking_url": "https://posten.example/?a=1&b=2"}
    by.command(f"{path}/{made['id']}/ship", travels)
    sent()

    assert mail.outbox[-1].subject == f"Your order {paid_order['number']} is on its way"
    assert all(value in mail.outbox[-1].body for value in travels.values())


def test_what_was_not_paid_is_not_given_back(customer, order):
    customer.command(f"/v1/orders/{order['id']}/cancel")
    sent()

    assert "give back" not in mail.outbox[-1].body


def test_no_letter_is_written_about_an_order_that_was_not_placed(customer, product):
    customer.command("/v1/orders", {"currency": "GBP", "lines": []})

    assert kinds() == []
