"""What payments told and orders never heard is asked after: less and less, and counted once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.orders.models import PaymentAttempt, RefundRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(customer, order):
    customer.command(f"/v1/orders/{order['id']}/pay")
    return order


@pytest.fixture
def wait(work, later):
    """Lets so many minutes pass."""

    def waited(minutes):
        with later(minutes=minutes):
            work()

    return waited


def asked(payments):
    return len([path for method, path, _, _ in payments.asked if method == "GET"])


def test_money_that_was_not_heard_of_confirms_the_order(opened, payments, wait, tell, shown):
    fact = payments.succeeded(opened["id"])
    wait(1)
    waiting = shown(opened)["status"]
    wait(3)
    confirmed = shown(opened)

    tell(fact)

    assert (waiting, confirmed["status"], confirmed["amount_paid"]) == ("pending_payment", "confirmed", 2000)
    assert shown(opened) == confirmed


def test_a_payment_that_ended_unheard_lets_the_order_be_paid_anew(customer, opened, payments, wait):
    payments.ended(opened["id"], "cancelled")
    wait(3)

    assert (
        customer.command(f"/v1/orders/{opened['id']}/pay").json()["payment"]["id"] == payments.of(opened["id"], 2)["id"]
    )


def test_a_payment_that_stays_open_is_asked_after_less_and_less(opened, payments, wait):
    for minutes in range(1, 30):
        wait(minutes)

    assert 4 <= asked(payments) <= 7


def test_what_has_ended_is_asked_after_no_more(paid_order, payments, wait):
    for minutes in (3, 6, 12):
        wait(minutes)

    assert asked(payments) == 0


def test_an_open_payment_is_no_work_for_now(opened):
    attempt = PaymentAttempt.objects.get()

    assert (attempt.status, attempt.done_at, attempt.leased_by) == ("open", None, "")
    assert attempt.due_at > timezone.now() + timedelta(seconds=60)


def test_a_payment_cannot_be_asked_after_while_payments_is_down(opened, payments, wait, shown):
    payments.succeeded(opened["id"])
    payments.trouble = "down"
    wait(3)
    payments.trouble = None

    wait(9)

    assert shown(opened)["status"] == "confirmed"


@pytest.mark.parametrize(
    ("status", "shown_as"), [("succeeded", "partially_refunded"), ("failed", "paid"), ("cancelled", "paid")]
)
def test_a_refund_that_was_not_heard_of_is_asked_after(
    finance, paid_order, payments, wait, tell, shown, status, shown_as
):
    request = finance.command(f"/v1/orders/{paid_order['id']}/refunds", {"amount": 500}).json()
    payments.refunds[request["id"]]["status"] = status

    wait(3)
    once = shown(paid_order)
    tell(payments.refunded(payments.refunds[request["id"]], "succeeded" if status == "succeeded" else "failed"))

    assert once["payment_status"] == shown_as
    assert shown(paid_order) == once


def test_a_refund_that_takes_days_is_asked_after_every_five_minutes(finance, paid_order, payments, wait):
    finance.command(f"/v1/orders/{paid_order['id']}/refunds", {"amount": 500})

    for minutes in range(1, 30):
        wait(minutes)

    assert 4 <= asked(payments) <= 7
    assert RefundRequest.objects.get().status == "pending"


def test_money_that_came_back_can_be_refunded_again(finance, paid_order, payments, tell, shown, announced):
    asked = finance.command(f"/v1/orders/{paid_order['id']}/refunds", {"amount": 2000}).json()
    refund = payments.refunds[asked["id"]]
    tell(payments.refunded(refund))

    tell(payments.refunded(refund, "failed"), payments.refunded(refund, "failed"))

    assert (shown(paid_order)["amount_refunded"], shown(paid_order)["payment_status"]) == (0, "paid")
    assert announced(paid_order["id"])[-2:] == ["refund_request.succeeded", "refund_request.failed"]
    again = finance.command(f"/v1/orders/{paid_order['id']}/refunds", {"amount": 2000})
    assert again.status_code == 201


def test_money_given_back_at_the_provider_counts_once(paid_order, payments, tell, shown):
    outside = {"id": "ref_o", "refund_request_id": "", "payment_id": payments.of(paid_order["id"])["id"], "amount": 700}

    tell(payments.refunded(outside, "external"), payments.refunded(outside, "external"))

    assert (shown(paid_order)["amount_refunded"], shown(paid_order)["payment_status"]) == (700, "partially_refunded")


def test_more_given_back_outside_than_is_left_counts_as_far_as_it_goes(
    finance, paid_order, payments, tell, shown, announced
):
    asked = finance.command(f"/v1/orders/{paid_order['id']}/refunds", {"amount": 1500}).json()
    tell(payments.refunded(payments.refunds[asked["id"]]))
    outside = {
        "id": "ref_o",
        "refund_request_id": "x",
        "payment_id": payments.of(paid_order["id"])["id"],
        "amount": 700,
    }

    tell(payments.refunded(outside, "external"))

    assert shown(paid_order)["amount_refunded"] == 2000
    assert "order.payment_mismatch" in announced(paid_order["id"])
