"""Giving money back through Stripe."""

import pytest

from apps.payments.providers import Declined
from chassis.identifiers import new_id

DAY = 24 * 3600


@pytest.fixture
def refund(stripe):
    def given_back(reference, amount, refund_id="", key=""):
        id = refund_id or new_id("ref")
        return stripe.refund(reference, amount, refund_id=id, idempotency_key=key or f"{id}:create:1")

    return given_back


def test_a_refund_says_whose_it_is(stripe, paid, refund):
    reference = paid().reference
    id = new_id("ref")

    made = refund(reference, 400, id)

    assert (made.status, made.amount, made.refund_id, made.failure_reason) == ("succeeded", 400, id, None)
    assert stripe.refunds(reference) == [made]


def test_one_refund_is_made_once_even_when_its_key_is_forgotten(fake, stripe, paid, refund):
    reference, id = paid().reference, new_id("ref")
    first = refund(reference, 400, id)
    fake.tell("clock", advance_seconds=DAY + 3600)

    again = refund(reference, 400, id)

    assert again == first
    assert len(stripe.refunds(reference)) == 1


def test_no_more_is_given_back_than_was_captured(paid, refund):
    reference = paid().reference
    refund(reference, 600)

    with pytest.raises(Declined):
        refund(reference, 600)


def test_nothing_is_given_back_of_what_nobody_paid(opened, refund):
    with pytest.raises(Declined):
        refund(opened().reference, 100)


def test_a_bank_may_take_a_day_to_give_it_back(fake, stripe, paid, refund):
    reference, id = paid("pm_card_pendingRefund").reference, new_id("ref")

    assert refund(reference, 1000, id).status == "pending"
    fake.tell("clock", advance_seconds=DAY + 3600)
    assert refund(reference, 1000, id).status == "succeeded"


def test_a_refund_may_fail_later_and_say_why(fake, stripe, paid, refund):
    reference, id = paid("pm_card_refundFail").reference, new_id("ref")

    assert refund(reference, 1000, id).status == "succeeded"
    fake.tell("clock", advance_seconds=DAY + 3600)
    failed = refund(reference, 1000, id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")


def test_what_somebody_gave_back_outside_is_seen_and_has_no_id_of_ours(fake, stripe, paid):
    reference = paid().reference
    fake.tell(f"intents/{reference}/refunds", amount=300)

    (outside,) = stripe.refunds(reference)

    assert (outside.amount, outside.status, outside.refund_id) == (300, "succeeded", "")


def test_all_refunds_are_seen_however_many_there_are(fake, stripe, paid):
    reference = paid().reference
    for _ in range(105):
        fake.tell(f"intents/{reference}/refunds", amount=1)

    refunds = stripe.refunds(reference)

    assert len({refund.reference for refund in refunds}) == 105
