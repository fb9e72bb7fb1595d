"""Stripe as payments reaches it, with a server process of ours at the other end."""

import pytest

from apps.payments.models import Payment
from apps.payments.providers.stripe import Stripe
from chassis.identifiers import new_id
from tests.stripe.processes import KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET


@pytest.fixture
def stripe(fake):
    return Stripe(secret_key=KEY, publishable_key=PUBLISHABLE_KEY, webhook_secrets=(WEBHOOK_SECRET,), api_base=fake.url)


@pytest.fixture
def owed():
    """A payment that nobody has asked Stripe for."""

    def made(capture_method="automatic", **members):
        payment = Payment(**{"order_id": new_id("ord"), "attempt": 1, "amount": 1000, "currency": "EUR"} | members)
        payment.capture_method = capture_method
        return payment

    return made


@pytest.fixture
def opened(stripe, owed):
    """The intent of a payment of its own."""

    def made(**members):
        payment = owed(**members)
        return stripe.create(payment, idempotency_key=f"{payment.id}:create:1")

    return made


@pytest.fixture
def paid(fake, stripe, opened):
    """The intent after a card has paid."""

    def made(payment_method="pm_card_visa", **members):
        reference = opened(**members).reference
        fake.pay(reference, payment_method)
        return stripe.retrieve(reference)

    return made
