"""Payments, asked by its client for real."""

from dataclasses import FrozenInstanceError, replace

import pytest
from rest_framework.test import APIClient

from apps.payments.models import Payment
from chassis.calls import Refused
from chassis.identifiers import new_id
from clients.payments import PaymentRequest, Payments, RefundOrder

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = Payments("orders")


@pytest.fixture
def wanted():
    return PaymentRequest(order_id=new_id("ord"), attempt=1, amount=1500, currency="EUR")


def pay(payment, method="sbx_ok"):
    """The payer confirms at the sandbox, as a browser would."""
    payer = APIClient()
    payer.credentials(HTTP_AUTHORIZATION=f"Bearer {payment.payer_token}")
    answer = payer.post(f"/v1/sandbox/payments/{payment.id}/confirm", {"payment_method": method})
    assert answer.status_code == 200


def test_a_payment_is_opened_for_an_order(shop, wanted):
    payment = ORDERS.create(wanted, idempotency_key="k1")

    assert (payment.order_id, payment.attempt, payment.amount, payment.currency) == (wanted.order_id, 1, 1500, "EUR")
    assert payment.payer_token
    assert Payment.objects.get().id == payment.id


@pytest.mark.parametrize("second_key", ["k1", "k2"])
def test_a_payment_opened_twice_is_one_payment(shop, wanted, second_key):
    first = ORDERS.create(wanted, idempotency_key="k1")
    second = ORDERS.create(wanted, idempotency_key=second_key)

    assert first.id == second.id
    assert Payment.objects.count() == 1


def test_another_amount_under_the_same_name_is_refused(shop, wanted):
    ORDERS.create(wanted, idempotency_key="k1")

    with pytest.raises(Refused) as refusal:
        ORDERS.create(replace(wanted, amount=1), idempotency_key="k2")

    assert (refusal.value.status, refusal.value.code) == (422, "payment_mismatch")


def test_a_paid_payment_can_be_given_back_and_no_more_than_was_paid(shop, wanted):
    payment = ORDERS.create(wanted, idempotency_key="k1")
    pay(payment)

    refund = ORDERS.refund(payment.id, RefundOrder(new_id("rfr"), 1000, "requested_by_customer"), idempotency_key="k2")

    assert (refund.payment_id, refund.amount, refund.currency) == (payment.id, 1000, "EUR")
    with pytest.raises(Refused) as refusal:
        ORDERS.refund(payment.id, RefundOrder(new_id("rfr"), 501, "requested_by_customer"), idempotency_key="k3")
    assert refusal.value.code == "refund_exceeds_captured"
    assert ORDERS.get(payment.id).amount_refundable == 500


def test_a_payment_is_cancelled_unless_its_payer_was_quicker(shop, wanted):
    open_one = ORDERS.create(wanted, idempotency_key="k1")
    paid_one = ORDERS.create(replace(wanted, attempt=2), idempotency_key="k2")
    pay(paid_one)

    statuses = [ORDERS.cancel(one.id, idempotency_key=one.id).status for one in (open_one, paid_one)]

    assert statuses == ["cancelled", "succeeded"]


def test_what_is_authorized_is_captured_in_part_and_once(shop, wanted):
    payment = ORDERS.create(wanted, idempotency_key="k1")
    pay(payment, "sbx_auth_only")

    first, again = (ORDERS.capture(payment.id, 1000, idempotency_key=key) for key in ("k2", "k3"))

    assert (first.status, first.amount_captured, first.amount_refundable) == ("succeeded", 1000, 1000)
    assert again == first
    with pytest.raises(Refused) as refusal:
        ORDERS.capture(payment.id, 1001, idempotency_key="k4")
    assert (refusal.value.status, refusal.value.code) == (409, "invalid_state")


def test_a_payment_not_heard_of_is_asked_after(shop, wanted):
    payment = ORDERS.create(wanted, idempotency_key="k1")
    pay(payment, "sbx_webhook_lost")
    before = ORDERS.get(payment.id).status

    assert (before, ORDERS.sync(payment.id).status) == ("requires_payment_method", "succeeded")


def test_all_refunds_of_a_payment_are_listed(shop, wanted):
    payment = ORDERS.create(wanted, idempotency_key="k1")
    pay(payment)
    orders = [RefundOrder(new_id("rfr"), amount, "requested_by_customer") for amount in (100, 200)]
    for order in orders:
        ORDERS.refund(payment.id, order, idempotency_key=order.refund_request_id)

    listed = ORDERS.refunds(payment.id)

    assert {refund.refund_request_id for refund in listed} == {order.refund_request_id for order in orders}
    assert {(refund.amount, refund.status) for refund in listed} == {(100, "succeeded"), (200, "succeeded")}


def test_a_payment_that_does_not_exist_is_refused(shop):
    with pytest.raises(Refused) as refusal:
        ORDERS.get(new_id("pay"))

    assert (refusal.value.status, refusal.value.code) == (404, "not_found")


def test_a_service_that_has_no_business_there_is_refused(shop, wanted):
    with pytest.raises(Refused) as refusal:
        Payments("users").create(wanted, idempotency_key="k1")

    assert refusal.value.status == 403


def test_what_was_answered_cannot_be_changed(shop, wanted):
    with pytest.raises(FrozenInstanceError):
        ORDERS.create(wanted, idempotency_key="k1").amount = 1
