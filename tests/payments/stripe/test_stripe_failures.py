"""What Stripe's failures mean: whether something may have been done, and whether asking again helps."""

import logging
import os
import signal
import time

import pytest

from apps.payments.problems import ProviderUnavailable
from apps.payments.providers.stripe import Stripe
from apps.payments.providers.stripe.calls import BUDGET_SECONDS
from chassis.context import Context, entered
from deploy.processes import free_ports
from tests.stripe.processes import KEY, started

CREATE = "POST /v1/payment_intents"


@pytest.fixture
def made(fake):
    """How many intents there are for a payment."""

    def count(payment):
        intents = fake.hear("objects/payment_intent")["data"]
        return sum(intent["metadata"].get("payment_id") == payment.id for intent in intents)

    return count


def within(seconds):
    """As a request that has so much time left."""
    return entered(Context(deadline=time.monotonic() + seconds))


@pytest.mark.parametrize(
    ("kind", "is_in_doubt"),
    [
        ("rate_limit", False),
        ("forbidden", False),
        ("unavailable", True),
        ("broken", True),
        ("conflict", True),
        ("drop", True),
        ("drop_done", True),
    ],
)
def test_a_failure_says_whether_something_may_have_been_done(fake, stripe, owed, made, kind, is_in_doubt):
    payment = owed()
    fake.fails(CREATE, kind, times=2)

    with pytest.raises(ProviderUnavailable) as failure:
        stripe.create(payment, idempotency_key=f"{payment.id}:create:1")

    fake.forget("faults")
    assert failure.value.outcome_unknown is is_in_doubt
    assert stripe.create(payment, idempotency_key=f"{payment.id}:create:1").status == "requires_payment_method"
    assert made(payment) == 1


@pytest.mark.parametrize("kind", ["unavailable", "broken", "conflict", "drop", "drop_done"])
def test_what_fails_once_is_asked_again_at_once_with_the_same_key(fake, stripe, owed, made, kind):
    payment = owed()
    fake.fails(CREATE, kind)

    intent = stripe.create(payment, idempotency_key=f"{payment.id}:create:1")

    assert (intent.status, made(payment)) == ("requires_payment_method", 1)


@pytest.mark.parametrize(("kind", "is_done"), [("hang_done", True), ("hang", False)])
def test_a_time_out_is_in_doubt_and_the_same_key_ends_the_doubt(fake, stripe, owed, made, kind, is_done):
    payment = owed()
    fake.fails(CREATE, kind, seconds=30)

    with within(1.5), pytest.raises(ProviderUnavailable) as failure:
        stripe.create(payment, idempotency_key=f"{payment.id}:create:1")

    assert failure.value.outcome_unknown
    assert made(payment) == is_done
    stripe.create(payment, idempotency_key=f"{payment.id}:create:1")
    assert made(payment) == 1


def test_a_refund_whose_answer_is_lost_is_given_once(fake, stripe, paid):
    reference = paid().reference
    named = {"refund_id": "ref_1", "idempotency_key": f"{reference}:refund"}
    fake.fails("POST /v1/refunds", "hang_done", seconds=30)

    with within(2), pytest.raises(ProviderUnavailable) as failure:
        stripe.refund(reference, 600, **named)

    assert failure.value.outcome_unknown
    assert stripe.refund(reference, 600, **named).status == "succeeded"
    assert [refund.amount for refund in stripe.refunds(reference)] == [600]


def test_a_command_that_is_done_is_in_doubt_if_nobody_says_how_it_stands(fake, stripe, paid):
    reference = paid(capture_method="manual").reference
    fake.fails("GET /v1/charges", "unavailable", times=2)

    with pytest.raises(ProviderUnavailable) as failure:
        stripe.capture(reference, 1000, idempotency_key=f"{reference}:capture")

    assert failure.value.outcome_unknown
    assert stripe.retrieve(reference).status == "succeeded"


def test_a_failure_that_the_key_remembers_stays_in_doubt_until_somebody_looks(fake, stripe, owed):
    payment = owed()
    fake.fails(CREATE, "broken_for_good")

    for _ in range(2):
        with pytest.raises(ProviderUnavailable) as failure:
            stripe.create(payment, idempotency_key=f"{payment.id}:create:1")
        assert failure.value.outcome_unknown

    assert stripe.find(payment) is None
    assert stripe.create(payment, idempotency_key=f"{payment.id}:create:2").status == "requires_payment_method"


def test_whoever_is_not_reached_has_done_nothing(owed):
    (closed,) = free_ports(1)
    stripe = Stripe(secret_key=KEY, api_base=f"http://127.0.0.1:{closed}")

    with pytest.raises(ProviderUnavailable) as failure:
        stripe.create(owed(), idempotency_key="k-closed")

    assert not failure.value.outcome_unknown


def test_nobody_is_asked_when_no_time_is_left(fake, stripe, owed):
    with within(0.1), pytest.raises(ProviderUnavailable) as failure:
        stripe.create(owed(), idempotency_key="k-no-time")

    assert not failure.value.outcome_unknown
    assert [one for one in fake.requests("POST", "/v1") if one["key"] == "k-no-time"] == []


def test_a_call_ends_before_the_deadline_of_its_request(fake, stripe, opened):
    reference = opened().reference
    fake.fails("GET /v1/payment_intents/*", "hang", seconds=30, times=9)

    began = time.monotonic()
    with within(2), pytest.raises(ProviderUnavailable):
        stripe.retrieve(reference)

    assert time.monotonic() - began < BUDGET_SECONDS


def test_a_question_is_never_in_doubt(fake, stripe, opened):
    reference = opened().reference
    fake.fails("GET /v1/payment_intents/*", "drop", times=2)

    with pytest.raises(ProviderUnavailable) as failure:
        stripe.retrieve(reference)

    assert not failure.value.outcome_unknown


def test_a_key_that_comes_with_other_values_is_a_bug_and_said_loudly(stripe, owed, caplog):
    payment = owed()
    stripe.create(payment, idempotency_key="k-other")
    payment.amount = 2000

    with caplog.at_level(logging.ERROR), pytest.raises(ProviderUnavailable) as failure:
        stripe.create(payment, idempotency_key="k-other")

    assert failure.value.outcome_unknown
    assert "bug" in caplog.text


@pytest.mark.parametrize("key", [f"{KEY}_revoked", "nonsense"])
def test_a_key_that_stripe_does_not_accept_is_said_loudly(fake, owed, caplog, key):
    stripe = Stripe(secret_key=key, api_base=fake.url)

    with caplog.at_level(logging.ERROR), pytest.raises(ProviderUnavailable) as failure:
        stripe.create(owed(), idempotency_key="k-revoked")

    assert not failure.value.outcome_unknown
    assert "does not accept the key" in caplog.text
    assert key not in caplog.text


def test_an_intent_that_is_not_there_is_no_decline(stripe, caplog):
    with caplog.at_level(logging.ERROR), pytest.raises(ProviderUnavailable):
        stripe.retrieve("pi_of_another_account")

    assert "resource_missing" in caplog.text


def test_a_server_that_is_killed_has_lost_nothing(tmp_path, owed):
    fake, child = started(tmp_path)
    stripe, payment = Stripe(secret_key=KEY, api_base=fake.url), owed()
    before = stripe.create(payment, idempotency_key="k-killed")
    os.kill(child.pid, signal.SIGKILL)
    child.end()
    _, child = started(tmp_path, port=int(fake.url.rsplit(":", 1)[1]))
    try:
        assert stripe.create(payment, idempotency_key="k-killed").reference == before.reference
    finally:
        child.end()
