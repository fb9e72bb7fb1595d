"""What a crash leaves behind, workers finish; what was not heard of, they ask after."""

from datetime import timedelta
from typing import cast

import pytest
import time_machine
from django.apps import apps
from django.utils import timezone

from apps.payments.apps import PaymentsConfig
from apps.payments.models import Payment, Refund, SandboxIntent, SandboxRefund
from apps.payments.providers import RefundOutcome
from apps.payments.providers.sandbox import Sandbox
from apps.payments.services import refund_payment, resume_payments, resume_refunds

pytestmark = pytest.mark.django_db


@pytest.fixture
def later():
    """Lets time pass for a block, as much as is named."""
    return lambda **much: time_machine.travel(timezone.now() + timedelta(**much), tick=False)


@pytest.fixture
def requested_refund(paid_payment):
    """A refund as a crash leaves it that comes before the provider is asked."""
    Payment.objects.hold_for_refund(paid_payment, 60)
    wish = {"refund_request_id": "rrq_1", "amount": 60, "reason": "other"}
    return Refund.objects.create(payment_id=paid_payment, **wish, **Refund.held_by_request())


def test_the_service_names_its_own_work():
    service = cast("PaymentsConfig", apps.get_app_config("payments"))

    assert {resume_payments, resume_refunds} < {job.run for job in service.own_jobs()}


def test_a_payment_left_before_its_provider_was_asked_is_opened(intended, later):
    payment = intended()

    with later(minutes=2):
        resume_payments("worker")

    payment.refresh_from_db()
    assert payment.status == "requires_payment_method"
    assert SandboxIntent.objects.get().idempotency_key == f"{payment.id}:create:1"


def test_a_payment_left_after_its_provider_answered_is_not_opened_twice(intended, later):
    payment = intended()
    known = Sandbox().create(payment, idempotency_key=f"{payment.id}:create:1")

    with later(minutes=2):
        resume_payments("worker")

    payment.refresh_from_db()
    assert payment.provider_reference == known.reference
    assert SandboxIntent.objects.count() == 1


def test_a_payment_that_a_request_is_opening_is_left_to_it(intended):
    payment = intended()

    assert resume_payments("worker") == 0
    payment.refresh_from_db()
    assert payment.status == "created"


def test_a_repeated_request_opens_what_a_crash_left(intended, orders, wanted):
    payment = intended(order_id=wanted["order_id"])

    answer = orders.post("/v1/payments", wanted)

    assert (answer.status_code, answer.json()["id"]) == (200, payment.id)
    assert answer.json()["status"] == "requires_payment_method"


def test_an_open_payment_is_asked_after_every_three_minutes(open_payment, later, announced):
    payment_id = open_payment()
    Sandbox().confirm(Payment.objects.get().provider_reference, "sbx_ok")

    with later(minutes=2):
        too_early = resume_payments("worker")
    with later(minutes=4):
        in_time = resume_payments("worker")

    assert (too_early, in_time) == (0, 1)
    assert announced(payment_id) == ["payment.succeeded"]


def test_a_payment_still_open_is_asked_after_again(open_payment, later):
    open_payment()

    with later(minutes=4):
        first, at_once = resume_payments("worker"), resume_payments("worker")
    with later(minutes=8):
        again = resume_payments("worker")

    assert (first, at_once, again) == (1, 0, 1)


def test_a_payment_that_has_ended_is_no_work(paid_payment, later):
    with later(days=1):
        assert resume_payments("worker") == 0


def test_a_decline_is_told_once_however_often_it_is_heard(open_payment, pay, later, announced):
    payment_id = open_payment()
    pay(payment_id, "sbx_declined")

    with later(minutes=4):
        resume_payments("worker")

    assert announced(payment_id) == ["payment.declined"]


def test_a_payment_whose_provider_is_down_holds_up_no_other(provider, scripted_payment, intended, later):
    provider.is_down()
    other = intended()

    with later(minutes=4):
        resume_payments("worker")

    other.refresh_from_db()
    stuck = Payment.objects.get(provider="scripted")
    assert other.status == "requires_payment_method"
    assert (stuck.failures, stuck.leased_until, bool(stuck.last_failure)) == (1, None, True)


def test_a_payment_that_breaks_holds_up_no_other(provider, scripted_payment, intended, later):
    provider.intent = ZeroDivisionError("a bug of ours")
    other = intended()

    with later(minutes=4):
        resume_payments("worker")

    other.refresh_from_db()
    assert other.status == "requires_payment_method"
    assert "a bug of ours" in Payment.objects.get(provider="scripted").last_failure


def test_a_refund_left_before_the_provider_was_asked_is_made(requested_refund, later, announced):
    with later(minutes=2):
        resume_refunds("worker")

    requested_refund.refresh_from_db()
    assert requested_refund.status == "succeeded"
    assert announced(requested_refund.payment_id) == ["payment.succeeded", "refund.succeeded"]


def test_a_refund_left_after_the_provider_answered_is_not_made_twice(requested_refund, later):
    payment = requested_refund.payment
    Refund.objects.submit(requested_refund.id)
    key = f"{requested_refund.id}:create:1"
    known = Sandbox().refund(payment.provider_reference, 60, refund_id=requested_refund.id, idempotency_key=key)

    with later(minutes=2):
        resume_refunds("worker")

    requested_refund.refresh_from_db()
    assert (requested_refund.status, requested_refund.provider_reference) == ("succeeded", known.reference)
    assert (SandboxRefund.objects.count(), SandboxIntent.objects.get().refunded) == (1, 60)


def test_a_refund_that_a_request_is_making_is_left_to_it(requested_refund):
    assert resume_refunds("worker") == 0


def test_a_pending_refund_is_asked_after(provider, scripted_payment, orders, later, announced):
    provider.says(status="succeeded", amount_captured=100, tries=1)
    orders.post(f"/v1/payments/{scripted_payment}/sync")
    provider.outcome = RefundOutcome("scr_r1", "pending")
    refund_payment(payment_id=scripted_payment, refund_request_id="rrq_1", amount=60, reason="other")
    provider.outcome = RefundOutcome("scr_r1", "failed", "account_closed")

    with later(minutes=4):
        resume_refunds("worker")

    assert announced(scripted_payment) == ["payment.succeeded", "refund.pending", "refund.failed"]
    assert (Payment.objects.get().amount_refundable, Refund.objects.get().failure_reason) == (100, "account_closed")


def test_a_refund_whose_provider_is_down_is_tried_again(provider, scripted_payment, orders, later):
    provider.says(status="succeeded", amount_captured=100, tries=1)
    orders.post(f"/v1/payments/{scripted_payment}/sync")
    provider.is_down()
    refund, _ = refund_payment(payment_id=scripted_payment, refund_request_id="rrq_1", amount=60, reason="other")
    provider.outcome = RefundOutcome("scr_r1", "succeeded")

    with later(minutes=2):
        resume_refunds("worker")

    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert provider.asked[-2:] == [f"{refund.id}:create:1"] * 2
