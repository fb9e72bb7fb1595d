"""Cancelling and asking again: the answer is what is true."""

import pytest

from apps.payments.models import Payment, SandboxIntent
from apps.payments.providers import Decline
from apps.payments.providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["orders", "finance"])
def test_an_open_payment_is_cancelled(request, open_payment, announced, who):
    payment_id = open_payment()

    answer = request.getfixturevalue(who).post(f"/v1/payments/{payment_id}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.json()["cancelled_at"]
    assert announced(payment_id) == ["payment.cancelled"]
    assert SandboxIntent.objects.get().status == "cancelled"


def test_cancelling_twice_is_cancelling_once(orders, open_payment, announced):
    payment_id = open_payment()

    answers = [orders.post(f"/v1/payments/{payment_id}/cancel") for _ in "12"]

    assert [answer.json()["status"] for answer in answers] == ["cancelled", "cancelled"]
    assert answers[0]["ETag"] == answers[1]["ETag"]
    assert announced(payment_id) == ["payment.cancelled"]


def test_a_payer_who_was_quicker_wins(orders, paid_payment):
    answer = orders.post(f"/v1/payments/{paid_payment}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")


def test_a_payer_who_was_quicker_wins_even_if_nobody_had_heard(orders, open_payment, announced):
    payment_id = open_payment()
    Sandbox().confirm(Payment.objects.get().provider_reference, "sbx_ok")

    answer = orders.post(f"/v1/payments/{payment_id}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert answer.json()["amount_captured"] == 100
    assert announced(payment_id) == ["payment.succeeded"]


def test_what_the_provider_cannot_stop_is_not_cancelled(orders, provider, scripted_payment):
    provider.says(status="processing", tries=1)

    answer = orders.post(f"/v1/payments/{scripted_payment}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")
    assert answer.json()["current_status"] == "processing"
    assert answer.json()["allowed_actions"] == ["cancel"]


def test_a_payment_that_its_provider_never_heard_of_is_cancelled_there_too(orders, intended):
    payment = intended()

    answer = orders.post(f"/v1/payments/{payment.id}/cancel")

    assert answer.json()["status"] == "cancelled"
    assert SandboxIntent.objects.get().status == "cancelled"


def test_a_payment_that_its_provider_refused_has_failed(orders, wanted, provider, announced):
    provider.refuses(Decline("currency_not_supported", "", "Not in this currency."))

    opened = orders.post("/v1/payments", {**wanted, "provider": "scripted"}).json()
    answer = orders.post(f"/v1/payments/{opened['id']}/cancel")

    assert (opened["status"], opened["last_error"]["code"]) == ("failed", "currency_not_supported")
    assert (answer.status_code, answer.json()["status"]) == (200, "failed")
    assert announced(opened["id"]) == ["payment.failed"]


@pytest.mark.parametrize("command", ["cancel", "sync"])
def test_a_provider_that_is_down_is_asked_later(orders, provider, scripted_payment, command):
    provider.is_down(outcome_unknown=True)

    answer = orders.post(f"/v1/payments/{scripted_payment}/{command}")

    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    assert answer["Retry-After"]
    assert orders.get(f"/v1/payments/{scripted_payment}").json()["outcome_unknown"] is True


def test_asking_again_clears_a_doubt(orders, provider, scripted_payment):
    provider.is_down(outcome_unknown=True)
    orders.post(f"/v1/payments/{scripted_payment}/cancel")
    provider.says(status="cancelled")

    answer = orders.post(f"/v1/payments/{scripted_payment}/sync")

    assert (answer.json()["status"], answer.json()["outcome_unknown"]) == ("cancelled", False)


def test_syncing_learns_what_nobody_had_heard(finance, open_payment, announced):
    payment_id = open_payment()
    Sandbox().confirm(Payment.objects.get().provider_reference, "sbx_ok")

    answer = finance.post(f"/v1/payments/{payment_id}/sync")

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert announced(payment_id) == ["payment.succeeded"]


def test_syncing_what_is_known_changes_nothing(orders, paid_payment, announced):
    before = orders.get(f"/v1/payments/{paid_payment}")

    answer = orders.post(f"/v1/payments/{paid_payment}/sync")

    assert answer["ETag"] == before["ETag"]
    assert announced(paid_payment) == ["payment.succeeded"]


@pytest.mark.parametrize("command", ["cancel", "sync"])
@pytest.mark.parametrize("who", ["customer", "support", "users"])
def test_commands_are_for_orders_and_finance(request, open_payment, who, command):
    answer = request.getfixturevalue(who).post(f"/v1/payments/{open_payment()}/{command}")

    assert answer.status_code == 403
    assert Payment.objects.get().status == "requires_payment_method"


@pytest.mark.parametrize("command", ["cancel", "sync"])
def test_commands_take_no_members(orders, open_payment, command):
    answer = orders.post(f"/v1/payments/{open_payment()}/{command}", {"amount": 1})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/amount")
