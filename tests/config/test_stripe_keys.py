"""Keys of Stripe are read once, and one for real money never where somebody develops."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.payments.providers import PROVIDERS, provider
from config.environment import Environment
from tests.stripe.processes import KEY, LIVE_KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET

OTHER_SECRET = WEBHOOK_SECRET[::-1]


@pytest.fixture
def process(monkeypatch, tmp_path):
    """Reads an environment with Stripe's keys: `process(DEBUG="true", STRIPE_SECRET_KEY=…)`."""
    keys = {
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }

    def read(**given):
        for name, value in {"VAR_DIR": str(tmp_path), "PROVIDERS": "sandbox,stripe", **keys, **given}.items():
            monkeypatch.setenv(name, value)
        return Environment()

    return read


@pytest.mark.parametrize("key", [LIVE_KEY, LIVE_KEY.replace("sk", "rk", 1)])
def test_a_key_for_real_money_is_refused_where_somebody_develops(process, key):
    with pytest.raises(ImproperlyConfigured, match="STRIPE_SECRET_KEY"):
        process(DEBUG="true", STRIPE_SECRET_KEY=key).stripe()


def test_a_key_for_real_money_is_for_production(process):
    assert process(DEBUG="false", STRIPE_SECRET_KEY=LIVE_KEY).stripe()[0] == LIVE_KEY


def test_the_account_is_the_one_that_the_settings_name(settings, monkeypatch):
    monkeypatch.delitem(PROVIDERS, "stripe", raising=False)
    settings.PROVIDERS = ["sandbox", "stripe"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = KEY, PUBLISHABLE_KEY
    settings.STRIPE_WEBHOOK_SECRET = f"{OTHER_SECRET}, {WEBHOOK_SECRET}"

    account = provider("stripe")
    PROVIDERS.pop("stripe")

    assert (account.name, account.livemode, account.publishable_key) == ("stripe", False, PUBLISHABLE_KEY)
    assert account._webhook_secrets == (OTHER_SECRET, WEBHOOK_SECRET)
