"""What a payment comes to at Stripe, in the words of payments."""

import logging
from datetime import timedelta

import pytest

from apps.payments.providers import Declined, Method
from apps.payments.providers.stripe import Stripe
from tests.stripe.processes import KEY, LIVE_KEY

DAY = timedelta(days=1).total_seconds()


def test_stripe_is_told_ids_and_the_amount_and_nothing_of_who_pays(fake, stripe, owed):
    payment = owed(customer_id="usr_1")

    intent = stripe.create(payment, idempotency_key="k-told")

    (sent,) = [one["wanted"] for one in fake.requests("POST", "/v1/payment_intents") if one["key"] == "k-told"]
    assert sent["metadata"] == {"payment_id": payment.id, "order_id": payment.order_id}
    assert {name: value for name, value in sent.items() if name != "metadata"} == {
        "amount": "1000",
        "currency": "eur",
        "capture_method": "automatic",
    }
    assert (intent.status, intent.tries, intent.amount_captured) == ("requires_payment_method", 0, 0)


def test_the_payer_is_given_a_secret_for_as_long_as_it_is_good_for_something(fake, stripe, opened):
    intent = opened()
    fake.pay(intent.reference, "pm_card_visa")

    assert intent.client_secret.startswith(intent.reference)
    assert stripe.retrieve(intent.reference).client_secret == ""


def test_one_key_makes_one_intent_and_answers_how_it_stands_now(fake, stripe, owed):
    payment = owed()
    first = stripe.create(payment, idempotency_key="k-once")
    fake.pay(first.reference, "pm_card_visa")

    again = stripe.create(payment, idempotency_key="k-once")

    assert (again.reference, again.status, again.amount_captured) == (first.reference, "succeeded", 1000)


def test_a_payment_is_found_by_its_id_when_its_key_is_forgotten(fake, stripe, owed):
    payment = owed()
    first = stripe.create(payment, idempotency_key="k-forgotten")
    fake.tell("clock", advance_seconds=DAY + 3600)

    assert stripe.find(payment).reference == first.reference
    assert stripe.find(owed()) is None
    assert stripe.create(payment, idempotency_key="k-forgotten").reference != first.reference  # as Stripe would


def test_a_payment_that_stripe_has_twice_is_said_loudly_and_the_first_one_counts(stripe, owed, caplog):
    payment = owed()
    first, _ = (stripe.create(payment, idempotency_key=f"{payment.id}:create:{number}") for number in (1, 2))

    with caplog.at_level(logging.ERROR):
        found = stripe.find(payment)

    assert found.reference == first.reference
    assert "more than once" in caplog.text


def test_what_a_card_paid_is_captured_and_says_with_what(paid):
    intent = paid("pm_card_mastercard")

    assert (intent.status, intent.amount_captured, intent.amount_authorized) == ("succeeded", 1000, 1000)
    assert (intent.method, intent.last_error) == (Method("card", "mastercard", "4444"), None)


def test_every_decline_is_a_try_and_leaves_the_payment_open(fake, stripe, opened):
    reference = opened().reference
    for method in ("pm_card_chargeDeclined", "pm_card_visa_chargeDeclinedInsufficientFunds"):
        fake.pay(reference, method)

    declined = stripe.retrieve(reference)
    fake.pay(reference, "pm_card_visa")
    paid = stripe.retrieve(reference)

    assert (declined.status, declined.tries) == ("requires_payment_method", 2)
    assert declined.last_error.decline_code == "insufficient_funds"
    assert declined.last_error.message == "There is not enough money on the card."
    assert (paid.status, paid.tries, paid.last_error) == ("succeeded", 3, None)


def test_a_lost_card_is_told_to_nobody(paid):
    error = paid("pm_card_visa_chargeDeclinedLostCard").last_error

    assert (error.code, error.decline_code, error.message) == (
        "card_declined",
        "generic_decline",
        "The payment was declined.",
    )


@pytest.mark.parametrize(
    ("success", "status", "code"),
    [(True, "succeeded", ""), (False, "requires_payment_method", "payment_intent_authentication_failure")],
)
def test_the_bank_may_ask_the_payer(fake, stripe, opened, success, status, code):
    reference = opened().reference
    fake.pay(reference, "pm_card_authenticationRequired")
    asked = stripe.retrieve(reference)
    fake.tell(f"intents/{reference}/authenticate", success=success)

    answered = stripe.retrieve(reference)

    assert (asked.status, asked.next_action["type"]) == ("requires_action", "redirect_to_url")
    assert reference in asked.next_action["url"]
    assert (answered.status, answered.next_action) == (status, None)
    assert (answered.last_error.code if answered.last_error else "") == code


@pytest.mark.parametrize(
    ("method", "status", "captured"),
    [
        ("pm_usBankAccount_success", "succeeded", 1000),
        ("pm_usBankAccount_insufficientFunds", "requires_payment_method", 0),
    ],
)
def test_a_bank_takes_days(fake, stripe, paid, method, status, captured):
    processing = paid(method)
    fake.tell("clock", advance_seconds=5 * DAY)

    settled = stripe.retrieve(processing.reference)

    assert (processing.status, processing.amount_captured, processing.tries) == ("processing", 0, 1)
    assert (settled.status, settled.amount_captured, settled.tries) == (status, captured, 1)


def test_what_is_authorized_is_captured_in_part_and_the_rest_let_go(stripe, paid):
    authorized = paid(capture_method="manual")

    captured = stripe.capture(authorized.reference, 700, idempotency_key="k-part")

    assert (authorized.status, authorized.amount_authorized, authorized.amount_captured) == ("authorized", 1000, 0)
    assert (captured.status, captured.amount_authorized, captured.amount_captured) == ("succeeded", 1000, 700)
    assert stripe.refunds(authorized.reference) == []


def test_a_capture_that_comes_again_is_answered_as_it_stands(stripe, paid):
    reference = paid(capture_method="manual").reference
    stripe.capture(reference, 700, idempotency_key=f"{reference}:1")

    same = stripe.capture(reference, 700, idempotency_key=f"{reference}:1")
    other = stripe.capture(reference, 700, idempotency_key=f"{reference}:2")

    assert (same.status, same.amount_captured) == (other.status, other.amount_captured) == ("succeeded", 700)


def test_more_than_what_is_authorized_is_not_captured(stripe, paid):
    reference = paid(capture_method="manual").reference

    with pytest.raises(Declined) as refusal:
        stripe.capture(reference, 1001, idempotency_key="k-too-much")

    assert refusal.value.reason.code == "amount_too_large"
    assert stripe.retrieve(reference).status == "authorized"


def test_an_authorization_lapses_after_a_week(fake, stripe, paid):
    reference = paid(capture_method="manual").reference
    fake.tell("clock", advance_seconds=8 * DAY)

    lapsed = stripe.capture(reference, 1000, idempotency_key="k-lapsed")

    assert (lapsed.status, lapsed.amount_captured) == ("cancelled", 0)


def test_what_is_not_paid_is_cancelled(stripe, opened):
    reference = opened().reference

    cancelled = stripe.cancel(reference, idempotency_key="k-cancel")
    again = stripe.cancel(reference, idempotency_key="k-cancel-again")

    assert cancelled.status == again.status == "cancelled"
    assert cancelled.client_secret == ""


def test_a_cancel_that_comes_too_late_hears_that_it_was_paid(stripe, paid):
    reference = paid().reference

    assert stripe.cancel(reference, idempotency_key="k-late").status == "succeeded"


def test_an_account_is_live_by_its_key():
    assert (Stripe(secret_key=KEY).livemode, Stripe(secret_key=LIVE_KEY).livemode) == (False, True)
