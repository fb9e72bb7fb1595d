"""Every test of this package runs with every provider."""

from functools import partial

import pytest
from rest_framework.test import APIClient

from apps.payments.models import LedgerEntry, Payment
from apps.payments.providers import PROVIDERS
from apps.payments.providers.stripe import Stripe
from apps.payments.services import handle_provider_events
from tests.payments.providers.drivers import SandboxDriver
from tests.payments.providers.stripe_drivers import StripeDriver
from tests.stripe.processes import KEY, WEBHOOK_SECRET


@pytest.fixture(params=["sandbox", "stripe"])
def provider(request):
    """The driver of a provider."""
    return request.getfixturevalue(f"{request.param}_driver")


@pytest.fixture
def sandbox_driver(monkeypatch):
    return SandboxDriver(monkeypatch)


@pytest.fixture
def stripe_driver(monkeypatch, settings, fake):
    settings.PROVIDERS = ["sandbox", "stripe"]
    account = Stripe(secret_key=KEY, webhook_secrets=(WEBHOOK_SECRET,), api_base=fake.url)
    monkeypatch.setitem(PROVIDERS, "stripe", account)
    with StripeDriver.listening(fake) as driver:
        yield driver


@pytest.fixture
def opened(provider, open_payment):
    """Opens a payment of 100 at the provider, or as named."""
    return partial(open_payment, provider=provider.name)


@pytest.fixture
def paid(provider, opened, orders):
    """A payment that somebody has paid and payments knows of; what its refunds come to is in the method."""

    def made(method="ok"):
        payment_id = opened()
        provider.pay_with(payment_id, method)
        orders.post(f"/v1/payments/{payment_id}/sync")
        provider.take_webhooks()
        return payment_id

    return made


@pytest.fixture
def authorized(provider, opened, orders):
    """A payment of 100 whose money is set aside, to be captured."""

    def made():
        payment_id = opened(capture_method="manual")
        provider.pay_with(payment_id, "ok")
        orders.post(f"/v1/payments/{payment_id}/sync")
        return payment_id

    return made


@pytest.fixture
def post_webhook(provider):
    """Brings one webhook, as the provider does: without credentials."""

    def posted(headers, body):
        named = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        return APIClient().generic(
            "POST", f"/v1/webhooks/{provider.name}", body, content_type="application/json", headers=named
        )

    return posted


@pytest.fixture
def deliver(provider, post_webhook):
    """Brings what the provider has sent, each webhook so often and in this order, and lets payments work it off."""

    def delivered(*, times=1, is_reversed=False):
        webhooks = [webhook for webhook in provider.take_webhooks() for _ in range(times)]
        answers = [post_webhook(*webhook) for webhook in (reversed(webhooks) if is_reversed else webhooks)]
        assert {answer.status_code for answer in answers} <= {200}
        work()
        return len(answers)

    return delivered


def work():
    while handle_provider_events("worker"):
        pass


@pytest.fixture
def standing():
    """How a payment stands: its status, what was captured, refunded and is left."""

    def read(payment_id):
        payment = Payment.objects.get(pk=payment_id)
        return payment.status, payment.amount_captured, payment.amount_refunded, payment.amount_refundable

    return read


@pytest.fixture
def ledger():
    """What the provider holds for us of a payment by our ledger, of which both sides are the same."""

    def balance(payment_id):
        of_provider, of_sales = 0, 0
        for entry in LedgerEntry.objects.filter(payment=payment_id):
            amount = entry.amount if entry.direction == "debit" else -entry.amount
            of_provider += amount if entry.account.startswith("provider:") else 0
            of_sales += amount if entry.account == "sales" else 0
        assert of_provider == -of_sales
        return of_provider

    return balance
