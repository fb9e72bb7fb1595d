"""What payments announces, and what becomes of orders then: once, however often it is told."""

import pytest

from apps.orders.models import InboxEvent, PaymentAttempt, RefundRequest, Reservation
from tests.orders.conftest import client_of
from tests.orders.stand_ins import envelope, fact_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(customer, order):
    """An order whose payment is open."""
    customer.command(f"/v1/orders/{order['id']}/pay")
    return order


@pytest.fixture
def cancelled(customer, opened):
    customer.post(f"/v1/orders/{opened['id']}/cancel", {})
    return opened


@pytest.fixture
def expired(opened, work, later):
    with later(minutes=31):
        work()
    return opened


def test_an_order_that_is_paid_is_confirmed(opened, payments, tell, shown, announced, held, product):
    tell(payments.succeeded(opened["id"]))

    order = shown(opened)
    assert (order["status"], order["payment_status"], order["amount_paid"], order["amount_due"]) == (
        "confirmed",
        "paid",
        2000,
        0,
    )
    assert (order["expires_at"], order["allowed_actions"]) == (None, ["cancel", "refund"])
    assert order["confirmed_at"] >= order["placed_at"]
    assert announced(order["id"]) == ["order.placed", "payment.opened", "order.confirmed"]
    assert Reservation.objects.get().status == "committed"
    assert held(product) == 2


def test_a_payment_told_again_confirms_nothing_again(opened, payments, tell, shown, announced):
    fact = payments.succeeded(opened["id"])
    tell(fact)
    confirmed = shown(opened)

    tell(fact, {**payments.succeeded(opened["id"]), "sequence": "2"})

    assert shown(opened) == confirmed
    assert announced(opened["id"]).count("order.confirmed") == 1
    assert InboxEvent.objects.count() == 2


def test_money_that_came_before_the_answer_confirms_the_order(customer, order, payments, tell, shown):
    payments.trouble = "slow"
    customer.command(f"/v1/orders/{order['id']}/pay")
    payments.trouble = None

    tell(payments.succeeded(order["id"]))

    assert shown(order)["status"] == "confirmed"
    assert PaymentAttempt.objects.get().payment_id == payments.of(order["id"])["id"]


def test_too_little_money_confirms_nothing_and_goes_back(customer, opened, payments, tell, shown, announced):
    tell(payments.succeeded(opened["id"], amount_captured=1999))

    order, request = shown(opened), RefundRequest.objects.get()
    assert (order["status"], order["payment_status"], order["amount_paid"]) == (
        "pending_payment",
        "refund_pending",
        1999,
    )
    assert (request.amount, request.reason, order["amount_due"]) == (1999, "payment_mismatch", 2000)
    assert announced(order["id"])[2:] == ["order.payment_mismatch", "refund_request.created"]
    again = customer.command(f"/v1/orders/{opened['id']}/pay").json()
    assert again["payment"]["amount"] == 2000
    tell(payments.succeeded(opened["id"], attempt=2), payments.refunded(payments.refunds[request.id]))
    assert (shown(opened)["status"], shown(opened)["payment_status"]) == ("confirmed", "paid")


def test_too_much_money_confirms_the_order_and_the_rest_goes_back(opened, payments, tell, shown, announced):
    tell(payments.succeeded(opened["id"], amount_captured=2001))

    order, request = shown(opened), RefundRequest.objects.get()
    assert (order["status"], order["amount_paid"], request.amount, request.reason) == ("confirmed", 2001, 1, "overpaid")
    assert "order.payment_mismatch" in announced(order["id"])
    tell(payments.refunded(payments.refunds[request.id]))
    assert (shown(opened)["payment_status"], shown(opened)["amount_refunded"]) == ("paid", 1)


def test_what_is_too_much_and_cannot_go_back_is_shown(opened, payments, tell, shown):
    tell(payments.succeeded(opened["id"], amount_captured=2001))

    tell(payments.refunded(payments.refunds[RefundRequest.objects.get().id], "failed"))

    assert shown(opened)["payment_status"] == "overpaid"


def test_money_of_another_currency_is_left_to_a_person(opened, payments, tell, shown, announced):
    fact = payments.succeeded(opened["id"], currency="EUR")
    tell(fact, fact)

    order = shown(opened)
    assert (order["status"], order["payment_status"], order["amount_paid"]) == ("pending_payment", "unpaid", 0)
    assert announced(order["id"]).count("order.payment_mismatch") == 1
    assert PaymentAttempt.objects.get().status == "mismatched"


def test_money_that_no_attempt_asked_for_goes_back(opened, payments, tell, shown):
    payment = {**payments.of(opened["id"]), "id": "pay_x", "attempt": 7, "status": "succeeded", "amount_captured": 500}
    payments.payments[opened["id"], 7] = payment

    tell(envelope("payment.succeeded", fact_of(payment)))

    request = RefundRequest.objects.get()
    assert (request.payment_id, request.amount, request.status) == ("pay_x", 500, "pending")
    assert (shown(opened)["status"], shown(opened)["amount_due"]) == ("pending_payment", 2000)


@pytest.mark.parametrize("change", [{"id": "pay_another"}, {"order_id": "ord_none"}])
def test_money_that_nobody_asked_for_confirms_nothing(opened, payments, tell, shown, announced, change):
    payment = {**payments.of(opened["id"]), "status": "succeeded", "amount_captured": 2000, **change}

    tell(envelope("payment.succeeded", fact_of(payment)))

    assert shown(opened)["status"] == "pending_payment"
    assert announced(payment["order_id"])[-1] == "order.payment_mismatch"
    assert not InboxEvent.objects.filter(done_at=None).exists()


def test_what_was_paid_stays_paid_whatever_is_told_later(opened, payments, tell, shown):
    paid = payments.succeeded(opened["id"])

    tell(paid, payments.ended(opened["id"], "cancelled"))

    assert shown(opened)["status"] == "confirmed"
    assert PaymentAttempt.objects.get().status == "succeeded"


def test_a_decline_changes_nothing(opened, payments, tell, shown):
    tell(envelope("payment.declined", fact_of(payments.of(opened["id"]))))

    assert shown(opened) == opened
    assert PaymentAttempt.objects.get().status == "open"


def test_money_for_a_cancelled_order_goes_back(cancelled, payments, tell, shown, announced):
    tell(payments.succeeded(cancelled["id"]), payments.succeeded(cancelled["id"]))

    order, request = shown(cancelled), RefundRequest.objects.get()
    assert (order["status"], order["payment_status"]) == ("cancelled", "refund_pending")
    assert (request.amount, request.reason, request.status) == (2000, "late_payment", "pending")
    assert payments.refunds[request.id]["amount"] == 2000
    assert announced(order["id"]).count("refund_request.created") == 1


def test_money_for_an_expired_order_takes_the_stock_again(expired, payments, tell, shown, held, product):
    assert held(product) == 0

    tell(payments.succeeded(expired["id"]), payments.succeeded(expired["id"]))

    order = shown(expired)
    assert (order["status"], order["payment_status"]) == ("confirmed", "paid")
    assert held(product) == 2
    assert Reservation.objects.get().status == "committed"


def test_money_for_an_expired_order_goes_back_when_the_stock_is_gone(
    expired, payments, tell, shown, placed, held, product
):
    placed((product, 9))

    tell(payments.succeeded(expired["id"]))

    order = shown(expired)
    assert (order["status"], order["payment_status"]) == ("expired", "refund_pending")
    assert payments.refunds[RefundRequest.objects.get().id]["amount"] == 2000
    assert held(product) == 9


def test_an_expired_order_gets_all_of_its_stock_again_or_nothing(
    placed, stocked, payments, customer, tell, work, later, held
):
    plenty, scarce = stocked(10), stocked(2)
    order = placed((plenty, 1), (scarce, 1), (scarce, 1))
    customer.command(f"/v1/orders/{order['id']}/pay")
    with later(minutes=31):
        work()
    placed((scarce, 1))

    tell(payments.succeeded(order["id"]))

    assert (held(plenty), held(scarce)) == (0, 1)


def test_money_that_comes_twice_goes_back_once(customer, opened, payments, tell, shown):
    tell(payments.ended(opened["id"], "cancelled"))
    customer.command(f"/v1/orders/{opened['id']}/pay")
    tell(payments.succeeded(opened["id"], attempt=2))

    with_both = tell(payments.succeeded(opened["id"], attempt=1)) or shown(opened)

    request = RefundRequest.objects.get()
    assert (with_both["status"], with_both["amount_paid"]) == ("confirmed", 4000)
    assert (request.amount, request.payment_id) == (2000, payments.of(opened["id"], 1)["id"])


def test_an_order_that_is_paid_closes_its_other_payment(customer, opened, payments, tell, shown):
    tell(payments.ended(opened["id"], "cancelled"))
    customer.command(f"/v1/orders/{opened['id']}/pay")

    tell(payments.succeeded(opened["id"], attempt=1))

    assert shown(opened)["status"] == "confirmed"
    assert payments.of(opened["id"], 2)["status"] == "cancelled"


def test_the_events_of_others_are_no_facts_of_payments(opened, payments, customer, tell):
    path, fact = "/internal/orders/v1/announcements", payments.succeeded(opened["id"])

    statuses = [client.post(path, fact).status_code for client in (client_of(), customer)]

    assert statuses == [401, 403]
