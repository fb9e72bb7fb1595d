"""Amounts as they reach Stripe, and as they come back."""

import pytest

from apps.payments.problems import AmountBelowMinimum, CurrencyNotCollected
from apps.payments.providers import Declined
from apps.payments.providers.stripe.currencies import COLLECTED, ForeignAmount, from_stripe, require_payable, to_stripe
from chassis.money import decimals

SAID = [
    ("EUR", 1999, 1999),
    ("JPY", 500, 500),  # no decimals, there and here
    ("KWD", 5120, 5120),  # three decimals, and the last is a zero
    ("ISK", 500, 50000),  # no decimals, and Stripe wants two
    ("UGX", 5000, 500000),  # the same
    ("MGA", 500000, 5000),  # two decimals, of which Stripe knows nothing
]


@pytest.mark.parametrize(("currency", "ours", "stripes"), SAID)
def test_an_amount_reaches_stripe_right_and_comes_back_right(fake, stripe, paid, currency, ours, stripes):
    intent = paid(amount=ours, currency=currency)
    refund = stripe.refund(intent.reference, ours, refund_id="ref_1", idempotency_key=f"{intent.reference}:refund")

    (there,) = fake.hear("objects/refund")["data"][-1:]
    assert (fake.intent(intent.reference)["amount"], there["amount"]) == (stripes, stripes)
    assert (intent.amount_captured, intent.amount_authorized, refund.amount) == (ours, ours, ours)
    assert [one.amount for one in stripe.refunds(intent.reference)] == [ours]


@pytest.mark.parametrize(("currency", "ours", "stripes"), SAID)
def test_a_part_is_captured_right(fake, stripe, paid, currency, ours, stripes):
    reference = paid(amount=ours * 2, currency=currency, capture_method="manual").reference

    captured = stripe.capture(reference, ours, idempotency_key=f"{reference}:capture")

    assert fake.intent(reference)["amount_received"] == stripes
    assert (captured.amount_captured, captured.amount_authorized) == (ours, ours * 2)


def test_every_currency_is_said_in_a_way_that_is_understood():
    one_hundred = {currency: 100 * 10 ** decimals(currency) for currency in COLLECTED}

    said = {currency: to_stripe(amount, currency) for currency, amount in one_hundred.items()}

    assert {currency: from_stripe(amount, currency) for currency, amount in said.items()} == one_hundred


@pytest.mark.parametrize(("currency", "amount"), [("KWD", 5124), ("MGA", 550)])
def test_what_stripe_cannot_say_is_refused_and_never_rounded(stripe, paid, currency, amount):
    reference = paid(amount=1_000_000, currency=currency).reference

    with pytest.raises(CurrencyNotCollected):
        stripe.require_payable(amount, currency)
    with pytest.raises(Declined):
        stripe.refund(reference, amount, refund_id="ref_1", idempotency_key=f"{reference}:steps")
    assert stripe.refunds(reference) == []


@pytest.mark.parametrize("currency", ["ISK", "UGX"])
def test_an_amount_that_we_cannot_say_is_an_error_and_never_rounded(currency):
    with pytest.raises(ForeignAmount):
        from_stripe(550, currency)


@pytest.mark.parametrize(("currency", "least"), [("USD", 50), ("GBP", 30), ("JPY", 50), ("HUF", 17500), ("CZK", 1500)])
def test_what_is_too_little_for_stripe_is_refused_without_asking(stripe, opened, currency, least):
    with pytest.raises(AmountBelowMinimum):
        stripe.require_payable(least - 1, currency)

    require_payable(least, currency)
    assert opened(amount=least, currency=currency).status == "requires_payment_method"  # as Stripe sees it, too
    with pytest.raises(Declined):
        opened(amount=least - 1, currency=currency)


def test_a_currency_that_stripe_does_not_collect_is_refused_without_asking(stripe, opened):
    with pytest.raises(CurrencyNotCollected):
        stripe.require_payable(100_000, "IQD")

    with pytest.raises(Declined):
        opened(amount=100_000, currency="IQD")


def test_more_than_stripe_can_take_is_declined(opened):
    with pytest.raises(Declined) as refusal:
        opened(amount=100_000_000)

    assert refusal.value.reason.code == "amount_too_large"
