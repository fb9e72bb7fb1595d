"""Stripe as those see it who ask payments."""

import pytest

from apps.payments.models import Payment
from apps.payments.providers import PROVIDERS
from tests.stripe.processes import PUBLISHABLE_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def enabled(monkeypatch, settings, stripe):
    settings.PROVIDERS = ["sandbox", "stripe"]
    monkeypatch.setitem(PROVIDERS, "stripe", stripe)


@pytest.fixture
def open_at_stripe(enabled, orders, wanted):
    return lambda **members: orders.post("/v1/payments", {**wanted, "provider": "stripe", **members})


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "USD", "amount_below_minimum"),
        (5124, "KWD", "currency_not_collected"),
        (100_000, "IQD", "currency_not_collected"),
    ],
)
def test_what_stripe_never_collects_is_refused_and_leaves_no_payment(open_at_stripe, amount, currency, code):
    answer = open_at_stripe(amount=amount, currency=currency)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Payment.objects.exists()


def test_what_only_stripe_knows_to_be_too_much_fails_for_good(open_at_stripe):
    answer = open_at_stripe(amount=100_000_000)

    assert (answer.status_code, answer.json()["status"]) == (201, "failed")


def test_whoever_pays_is_given_what_stripes_script_needs_and_nobody_else_is(open_at_stripe, customer, support, fake):
    payment_id = open_at_stripe().json()["id"]
    reference = Payment.objects.get().provider_reference

    secret = customer.get(f"/v1/payments/{payment_id}").json()["client_secret"]

    assert secret == fake.intent(reference)["client_secret"]
    for answer in (support.get(f"/v1/payments/{payment_id}"), customer.get("/v1/payments")):
        assert secret not in answer.content.decode()


def test_anyone_may_know_that_stripe_collects_here(enabled, api):
    listed = {one["name"]: one for one in api.get("/v1/providers").json()["data"]}

    assert listed["stripe"]["publishable_key"] == PUBLISHABLE_KEY
    assert listed["stripe"]["livemode"] is False


def test_where_stripe_collects_nothing_nobody_listens_to_it(api):
    assert api.post("/v1/webhooks/stripe", {}).status_code == 404
