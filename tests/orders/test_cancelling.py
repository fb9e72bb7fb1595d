"""Cancelling orders: the stock returns, the payment is closed, the money goes back; each of it once."""

import pytest

from apps.orders.models import PaymentAttempt, RefundRequest, Reservation

pytestmark = pytest.mark.django_db


@pytest.fixture
def cancel(customer):
    return lambda order, by=customer, **body: by.post(f"/v1/orders/{order['id']}/cancel", body)


@pytest.fixture
def opened(customer, order):
    customer.command(f"/v1/orders/{order['id']}/pay")
    return order


def test_a_customer_cancels_what_is_not_paid(cancel, order, announced, held, product, payments):
    answer = cancel(order, reason="doch nicht")

    cancelled = answer.json()
    assert (answer.status_code, cancelled["status"], cancelled["cancel_reason"]) == (200, "cancelled", "doch nicht")
    assert (cancelled["payment_status"], cancelled["amount_due"]) == ("unpaid", 0)
    assert (cancelled["allowed_actions"], cancelled["expires_at"]) == ([], None)
    assert announced(order["id"]) == ["order.placed", "order.cancelled"]
    assert held(product) == 0
    assert payments.asked == []


def test_cancelling_twice_is_cancelling_once(cancel, order, announced, held, product):
    first, second = cancel(order, reason="one"), cancel(order, reason="two")

    assert (second.status_code, second.json()) == (200, first.json())
    assert announced(order["id"]).count("order.cancelled") == 1
    assert held(product) == 0


def test_the_open_payment_is_cancelled_too(cancel, opened, payments):
    cancel(opened)

    assert payments.of(opened["id"])["status"] == "cancelled"
    assert PaymentAttempt.objects.get().status == "abandoned"
    assert payments.keys("/cancel") == [f"{opened['id']}:att:1:cancel"]


@pytest.mark.parametrize("trouble", ["down", "slow", "crashes", (409, "invalid_state"), (401, "invalid_token")])
def test_a_payment_that_cannot_be_cancelled_now_is_cancelled_later(
    cancel, opened, payments, work, later, held, product, trouble
):
    payments.trouble = trouble
    answer = cancel(opened)
    payments.trouble = None

    with later(minutes=2):
        work()

    assert (answer.status_code, answer.json()["status"], held(product)) == (200, "cancelled", 0)
    assert payments.of(opened["id"])["status"] == "cancelled"
    assert set(payments.keys("/cancel")) == {f"{opened['id']}:att:1:cancel"}
    assert PaymentAttempt.objects.get().status == "abandoned"


def test_a_payment_whose_answer_never_came_is_found_and_cancelled(customer, cancel, order, payments):
    payments.trouble = "slow"
    customer.command(f"/v1/orders/{order['id']}/pay")
    payments.trouble = None

    cancel(order)

    assert payments.of(order["id"])["status"] == "cancelled"


def test_there_is_nothing_to_cancel_where_payments_refused(customer, cancel, order, payments, work, later):
    payments.trouble = "down"
    customer.command(f"/v1/orders/{order['id']}/pay")
    cancel(order)
    payments.trouble = (409, "payment_mismatch")

    with later(minutes=2):
        work()

    assert PaymentAttempt.objects.get().status == "abandoned"
    assert payments.keys("/cancel") == []


def test_a_payer_who_was_quicker_gets_the_money_back(cancel, opened, payments, tell, shown):
    fact = payments.succeeded(opened["id"])
    cancelled = cancel(opened).json()

    tell(fact)

    assert (cancelled["status"], cancelled["payment_status"]) == ("cancelled", "unpaid")
    assert shown(opened)["payment_status"] == "refund_pending"
    assert PaymentAttempt.objects.get().status == "succeeded"
    assert [refund["amount"] for refund in payments.refunds.values()] == [2000]


def test_money_that_is_announced_during_the_cancelling_goes_back(cancel, opened, payments, tell, shown):
    fact, send = payments.succeeded(opened["id"]), payments.send

    def told_meanwhile(request, **options):
        payments.send = send
        tell(fact)
        return send(request, **options)

    payments.send = told_meanwhile
    cancel(opened)

    assert PaymentAttempt.objects.get().status == "succeeded"
    assert shown(opened)["payment_status"] == "refund_pending"


def test_what_is_paid_is_given_back(cancel, paid_order, payments, tell, shown, held, product):
    cancelled = cancel(paid_order).json()

    request = RefundRequest.objects.get()
    assert (cancelled["status"], cancelled["payment_status"]) == ("cancelled", "refund_pending")
    assert (request.amount, request.reason, request.status) == (2000, "order_cancelled", "pending")
    assert held(product) == 0
    tell(payments.refunded(payments.refunds[request.id]))
    assert (shown(paid_order)["payment_status"], shown(paid_order)["amount_refunded"]) == ("refunded", 2000)


def test_what_is_paid_is_given_back_once(cancel, paid_order, payments):
    cancel(paid_order), cancel(paid_order)

    assert len(payments.refunds) == RefundRequest.objects.count() == 1


def test_what_is_paid_is_given_back_later_while_payments_is_down(cancel, paid_order, payments, work, later, shown):
    payments.trouble = "down"
    cancelled = cancel(paid_order)
    payments.trouble = None

    with later(minutes=2):
        work()

    assert (cancelled.status_code, shown(paid_order)["payment_status"]) == (200, "refund_pending")
    assert [refund["amount"] for refund in payments.refunds.values()] == [2000]


def test_only_what_was_not_given_back_yet_is_given_back(cancel, finance, paid_order, payments, held, product):
    lines = [{"line_id": paid_order["lines"][0]["id"], "quantity": 1}]
    finance.command(f"/v1/orders/{paid_order['id']}/refunds", {"lines": lines})

    cancel(paid_order)

    assert sorted(refund["amount"] for refund in payments.refunds.values()) == [1000, 1000]
    assert held(product) == 0


def test_what_cost_nothing_is_cancelled_without_a_refund(cancel, placed, stocked, held):
    gift = stocked(price=0)

    answer = cancel(placed((gift, 1)))

    assert (answer.json()["status"], held(gift)) == ("cancelled", 0)
    assert not RefundRequest.objects.exists()


def test_what_has_expired_is_not_cancelled(cancel, order, work, later):
    with later(minutes=31):
        work()

    answer = cancel(order)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "invalid_state")
    assert (problem["current_status"], problem["allowed_actions"]) == ("expired", [])


def test_support_cancels_for_a_customer(cancel, support, paid_order):
    answer = cancel(paid_order, by=support, reason="Lager leer")

    assert answer.json()["status"] == "cancelled"
    assert RefundRequest.objects.get().created_by.startswith("usr_")


def test_nothing_of_a_cancelled_order_is_held(cancel, paid_order):
    cancel(paid_order)

    assert set(Reservation.objects.values_list("status", flat=True)) == {"released"}
