"""Every outcome that whoever pays in the sandbox can choose, as they see it and as it ends."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.payments.models import Payment, ProviderEvent, SandboxChange, SandboxIntent, SandboxWebhook
from apps.payments.providers.sandbox import METHODS
from apps.payments.services import (
    handle_provider_events,
    resume_payments,
    send_sandbox_webhooks,
    settle_sandbox,
)

pytestmark = pytest.mark.django_db
A_WEEK = 7 * 24 * 3600


@pytest.fixture
def drain():
    """Lets workers work until nothing is due."""

    def drained():
        jobs = (settle_sandbox, send_sandbox_webhooks, handle_provider_events)
        while sum([job("worker") for job in jobs]):
            pass

    return drained


@pytest.fixture
def complete(customer):
    return lambda payment_id, **body: customer.post(f"/v1/sandbox/payments/{payment_id}/complete", body)


@pytest.fixture
def days_pass(finance, drain):
    def passed(seconds=A_WEEK):
        answer = finance.post("/v1/sandbox/clock", {"advance_seconds": seconds})
        drain()
        return answer

    return passed


def status():
    return Payment.objects.get().status


def test_every_outcome_can_be_chosen():
    assert set(METHODS) == {
        *("sbx_ok", "sbx_declined", "sbx_insufficient_funds", "sbx_3ds", "sbx_processing_ok", "sbx_processing_fail"),
        *("sbx_auth_only", "sbx_timeout_but_charged", "sbx_timeout_not_charged", "sbx_webhook_lost"),
        *("sbx_webhook_twice", "sbx_webhook_out_of_order", "sbx_refund_pending", "sbx_refund_fails_later"),
        *("sbx_wrong_amount", "sbx_refunded_outside", "sbx_success_after_cancel"),
    }


def test_the_webhook_after_a_plain_success_changes_nothing(open_payment, pay, drain, announced):
    payment_id = open_payment()
    pay(payment_id)
    version = Payment.objects.get().version

    drain()

    assert (ProviderEvent.objects.get().status, Payment.objects.get().version) == ("processed", version)
    assert announced(payment_id) == ["payment.succeeded"]


def test_three_d_secure_is_completed(open_payment, pay, complete):
    payment_id = open_payment()

    asked, done, again = pay(payment_id, "sbx_3ds"), complete(payment_id), complete(payment_id)

    path = f"/v1/sandbox/payments/{payment_id}/complete"
    assert (asked.status_code, asked.json()["status"]) == (200, "requires_action")
    assert asked.json()["next_action"] == {"type": "sandbox_complete", "path": path}
    assert [(answer.status_code, answer.json()["status"]) for answer in (done, again)] == [(200, "succeeded")] * 2


def test_three_d_secure_that_fails_is_a_decline_and_can_be_tried_again(open_payment, pay, complete, announced):
    payment_id = open_payment()
    pay(payment_id, "sbx_3ds")

    refused, paid = complete(payment_id, is_authenticated=False), pay(payment_id)

    assert (refused.status_code, refused.json()["decline_code"]) == (402, "authentication_failed")
    assert (paid.status_code, paid.json()["status"]) == (200, "succeeded")
    assert announced(payment_id) == ["payment.requires_action", "payment.declined", "payment.succeeded"]


def test_what_waits_for_no_authentication_cannot_be_completed(open_payment, complete):
    answer = complete(open_payment())

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")


@pytest.mark.parametrize(
    ("method", "end"), [("sbx_processing_ok", "succeeded"), ("sbx_processing_fail", "requires_payment_method")]
)
def test_what_is_processed_ends_when_the_clock_has_moved_on(open_payment, pay, days_pass, drain, method, end):
    answer = pay(open_payment(), method)
    drain()
    waiting = status()

    moved = days_pass()

    assert (answer.status_code, answer.json()["status"], waiting) == (200, "processing", "processing")
    assert (moved.status_code, moved.json(), status()) == (200, {"happened": 1}, end)


def test_what_a_worker_lets_happen_first_happens_because_of_the_clock_as_well(
    open_payment, pay, days_pass, monkeypatch
):
    pay(open_payment(), "sbx_processing_ok")
    monkeypatch.setattr("apps.payments.services.sandbox.settle_sandbox", lambda _: 0)

    assert days_pass().json() == {"happened": 1}


def test_what_is_processed_ends_by_itself_after_days(open_payment, pay, drain):
    pay(open_payment(), "sbx_processing_ok")

    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        drain()

    assert status() == "succeeded"


def test_an_authorization_lapses_after_a_week(open_payment, pay, days_pass, announced):
    payment_id = open_payment()
    answer = pay(payment_id, "sbx_auth_only")

    days_pass()

    assert (answer.json()["status"], answer.json()["amount_authorized"]) == ("authorized", 100)
    assert announced(payment_id) == ["payment.authorized", "payment.cancelled"]


def test_a_time_out_that_charged_is_one_charge_however_often_it_is_tried(open_payment, pay, announced):
    payment_id = open_payment()

    timed_out = pay(payment_id, "sbx_timeout_but_charged")
    doubted = Payment.objects.get().outcome_unknown
    again = pay(payment_id, "sbx_ok")

    payment = Payment.objects.get()
    assert (timed_out.status_code, timed_out.json()["outcome_unknown"], doubted) == (503, True, True)
    assert (again.status_code, again.json()["status"]) == (200, "succeeded")
    assert (payment.amount_captured, payment.outcome_unknown) == (100, False)
    assert (SandboxIntent.objects.get().tries, announced(payment_id)) == (1, ["payment.succeeded"])


@pytest.mark.parametrize(
    ("method", "end"),
    [("sbx_timeout_but_charged", "succeeded"), ("sbx_timeout_not_charged", "requires_payment_method")],
)
def test_the_outcome_of_a_time_out_is_learnt_by_a_worker(open_payment, pay, method, end):
    pay(open_payment(), method)

    with time_machine.travel(timezone.now() + timedelta(seconds=5), tick=False):
        resume_payments("worker")

    assert (status(), Payment.objects.get().outcome_unknown) == (end, False)


@pytest.mark.parametrize("method", ["sbx_webhook_twice", "sbx_webhook_out_of_order"])
def test_where_news_comes_by_webhook_alone_it_comes(open_payment, pay, drain, announced, method):
    payment_id = open_payment()

    answer = pay(payment_id, method)
    drain()

    assert (answer.status_code, answer.json()["status"]) == (200, "requires_payment_method")
    assert announced(payment_id) == ["payment.succeeded"]
    assert SandboxWebhook.objects.count() == 2
    assert ProviderEvent.objects.count() == (1 if method == "sbx_webhook_twice" else 2)


def test_where_the_webhook_is_lost_only_asking_helps(open_payment, pay, drain, orders):
    payment_id = open_payment()
    pay(payment_id, "sbx_webhook_lost")
    drain()
    unheard = status()

    answer = orders.post(f"/v1/payments/{payment_id}/sync")

    assert (unheard, answer.json()["status"]) == ("requires_payment_method", "succeeded")
    assert not SandboxWebhook.objects.exists()


def test_a_wrong_amount_is_recorded_as_it_came(open_payment, pay, orders, announced):
    payment_id = open_payment()

    answer = pay(payment_id, "sbx_wrong_amount")

    assert (answer.json()["amount"], answer.json()["amount_captured"]) == (100, 101)
    assert announced(payment_id) == ["payment.succeeded"]
    everything = {"refund_request_id": "rrq_1", "amount": 101, "reason": "wrong_amount"}
    assert orders.post(f"/v1/payments/{payment_id}/refunds", everything).json()["status"] == "succeeded"


def test_a_refund_that_nobody_here_asked_for_is_found(open_payment, pay, drain, announced):
    payment_id = open_payment()
    pay(payment_id, "sbx_refunded_outside")

    drain()

    assert Payment.objects.get().amount_refunded == 100
    assert announced(payment_id) == ["payment.succeeded", "refund.external"]


def test_money_that_arrives_after_a_cancel_is_not_lost(open_payment, pay, orders, drain, announced):
    payment_id = open_payment()
    pay(payment_id, "sbx_success_after_cancel")

    cancelled = orders.post(f"/v1/payments/{payment_id}/cancel").json()["status"]
    drain()

    assert (cancelled, status(), Payment.objects.get().amount_captured) == ("cancelled", "succeeded", 100)
    assert announced(payment_id) == ["payment.processing", "payment.cancelled", "payment.succeeded"]


def test_what_is_captured_by_hand_is_only_authorized(open_payment, pay):
    answer = pay(open_payment(capture_method="manual"))

    assert (answer.json()["status"], answer.json()["capture_method"]) == ("authorized", "manual")


@pytest.mark.parametrize(("who", "status"), [("customer", 403), ("support", 403), ("orders", 403), ("api", 401)])
def test_only_staff_move_the_clock(request, open_payment, pay, who, status):
    pay(open_payment(), "sbx_processing_ok")

    answer = request.getfixturevalue(who).post("/v1/sandbox/clock", {"advance_seconds": A_WEEK})

    assert answer.status_code == status
    assert SandboxChange.objects.waiting().exists()


@pytest.mark.parametrize("seconds", [-1, "60", 31_536_001])
def test_the_clock_moves_forward_and_not_too_far(finance, seconds):
    assert finance.post("/v1/sandbox/clock", {"advance_seconds": seconds}).status_code == 400


def test_a_webhook_that_is_not_taken_is_sent_again(open_payment, pay, settings):
    pay(open_payment(), "sbx_webhook_twice")
    settings.PROVIDERS = ["stripe"]
    send_sandbox_webhooks("worker")
    refused = SandboxWebhook.objects.waiting().count()

    settings.PROVIDERS = ["sandbox"]
    SandboxWebhook.objects.update(due_at=timezone.now())
    send_sandbox_webhooks("worker")

    assert (refused, SandboxWebhook.objects.waiting().count()) == (2, 0)


@pytest.mark.parametrize(
    "path", ["/v1/sandbox/payments/{}/confirm", "/v1/sandbox/payments/{}/complete", "/v1/sandbox/clock"]
)
def test_a_sandbox_that_is_not_enabled_is_not_there(open_payment, finance, customer, settings, path):
    payment_id = open_payment()
    settings.PROVIDERS = ["stripe"]

    answer = (finance if "clock" in path else customer).post(path.format(payment_id), {"advance_seconds": 1})

    assert answer.status_code == 404
