"""Paying with the sandbox: what whoever pays chooses, happens."""

import pytest

from apps.payments.models import OutboxEvent, Payment, SandboxIntent
from apps.payments.services import cancel_payment

pytestmark = pytest.mark.django_db


def test_a_payment_that_is_paid_succeeds(open_payment, pay):
    payment_id = open_payment(amount=1999)

    answer = pay(payment_id)

    payment = answer.json()
    assert (answer.status_code, payment["status"]) == (200, "succeeded")
    assert (payment["amount_captured"], payment["amount_refundable"]) == (1999, 1999)
    assert payment["method"] == {"type": "card", "brand": "sandbox", "last4": "4242"}
    assert payment["succeeded_at"]


def test_success_is_announced_to_orders(open_payment, pay, wanted):
    payment_id = open_payment(order_id=wanted["order_id"])

    pay(payment_id)

    event = OutboxEvent.objects.get(type="payment.succeeded")
    assert (event.stream, event.number) == (payment_id, 2)
    assert [delivery.subscriber for delivery in event.delivery_set.all()] == ["orders"]
    expected = {"payment_id": payment_id, "order_id": wanted["order_id"], "attempt": 1, "status": "succeeded"}
    amounts = {"amount": 100, "amount_authorized": 100, "amount_captured": 100, "amount_refunded": 0}
    assert event.data == {**expected, **amounts, "currency": "EUR"}


@pytest.mark.parametrize(
    ("method", "decline_code"), [("sbx_declined", "generic_decline"), ("sbx_insufficient_funds", "insufficient_funds")]
)
def test_a_decline_says_why_and_is_remembered(open_payment, pay, customer, method, decline_code):
    payment_id = open_payment()

    answer = pay(payment_id, method)

    shown = customer.get(f"/v1/payments/{payment_id}").json()
    assert (answer.status_code, answer.json()["code"]) == (402, "payment_declined")
    assert answer.json()["decline_code"] == decline_code
    assert shown["status"] == "requires_payment_method"
    assert shown["last_error"]["decline_code"] == decline_code


def test_a_declined_payment_is_paid_with_another_method(open_payment, pay, announced):
    payment_id = open_payment()
    pay(payment_id, "sbx_declined")

    answer = pay(payment_id, "sbx_ok")

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert answer.json()["last_error"] is None
    assert announced(payment_id) == ["payment.declined", "payment.succeeded"]


def test_every_declined_try_is_announced(open_payment, pay, announced):
    payment_id = open_payment()

    pay(payment_id, "sbx_declined")
    pay(payment_id, "sbx_declined")

    assert announced(payment_id) == ["payment.declined", "payment.declined"]


def test_a_paid_payment_is_not_paid_again(paid_payment, pay, announced):
    version = Payment.objects.get().version

    answer = pay(paid_payment, "sbx_declined")

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert answer.json()["version"] == version
    assert announced(paid_payment) == ["payment.succeeded"]


def test_a_key_sent_twice_is_one_try(open_payment, customer):
    path = f"/v1/sandbox/payments/{open_payment()}/confirm"

    answers = [
        customer.post(path, {"payment_method": "sbx_declined"}, headers={"Idempotency-Key": "one-try"}) for _ in "12"
    ]

    assert [answer.status_code for answer in answers] == [402, 402]
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert SandboxIntent.objects.get().tries == 1


def test_a_cancelled_payment_cannot_be_paid(open_payment, pay):
    payment_id = open_payment()
    cancel_payment(payment_id=payment_id)

    answer = pay(payment_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")
    assert (answer.json()["current_status"], answer.json()["allowed_actions"]) == ("cancelled", [])


def test_a_payment_cancelled_at_the_provider_alone_cannot_be_paid(open_payment, pay, announced):
    payment_id = open_payment()
    SandboxIntent.objects.update(status="cancelled")

    answer = pay(payment_id)

    assert (answer.status_code, answer.json()["current_status"]) == (409, "cancelled")
    assert announced(payment_id) == ["payment.cancelled"]


@pytest.mark.parametrize("body", [{"payment_method": "gold"}, {}, {"payment_method": "sbx_ok", "cvc": "123"}])
def test_what_the_sandbox_does_not_know_is_refused(open_payment, customer, body):
    answer = customer.post(f"/v1/sandbox/payments/{open_payment()}/confirm", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert SandboxIntent.objects.get().tries == 0


def test_whoever_holds_the_payers_token_pays(open_payment, payer_of):
    payment_id = open_payment(customer_id=None)

    answer = payer_of(payment_id).post(f"/v1/sandbox/payments/{payment_id}/confirm", {"payment_method": "sbx_ok"})

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("finance", 404), ("orders", 403), ("api", 401)])
def test_nobody_pays_for_another(request, open_payment, who, status):
    path = f"/v1/sandbox/payments/{open_payment()}/confirm"

    answer = request.getfixturevalue(who).post(path, {"payment_method": "sbx_ok"})

    assert answer.status_code == status
    assert SandboxIntent.objects.get().tries == 0


def test_a_payment_of_another_provider_is_not_the_sandboxs(scripted_payment, pay):
    answer = pay(scripted_payment)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
