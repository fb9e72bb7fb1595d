"""Who collects money: one interface, and those who implement it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings

from apps.payments.problems import UnknownProvider
from apps.payments.providers.base import (
    Decline,
    Declined,
    Intent,
    InvalidSignature,
    Method,
    Provider,
    ProviderNews,
    RefundOutcome,
)
from chassis.kills import around_all
from chassis.transactions import refuse_open_transaction

__all__ = [
    "PROVIDERS",
    "Decline",
    "Declined",
    "Intent",
    "InvalidSignature",
    "Method",
    "Provider",
    "ProviderNews",
    "RefundOutcome",
    "is_enabled",
    "provider",
    "reach",
]

# Stripe's library takes its time to import, so nobody pays for it who does not collect through it.
PLACES = {
    "sandbox": ("apps.payments.providers.sandbox", "Sandbox"),
    "stripe": ("apps.payments.providers.stripe", "Stripe"),
}
# Those that were needed so far.
PROVIDERS: dict[str, Provider] = {}


def reach(name: str) -> Provider:
    """The provider `name`, to be asked at once. Raises UnknownProvider (422), OpenTransaction inside a transaction."""
    refuse_open_transaction(f"payments → {name}")
    surrounded: Provider = around_all("payments", provider(name), f"provider {name}")
    return surrounded


def provider(name: str) -> Provider:
    """The provider `name`, to be asked what it knows by itself. Raises UnknownProvider (422)."""
    if name not in PROVIDERS:
        if not is_enabled(name):
            raise UnknownProvider(f"There is no provider {name!r}", providers=sorted(settings.PROVIDERS))
        PROVIDERS[name] = _made(name)
    return PROVIDERS[name]


def is_enabled(name: str) -> bool:
    """Whether it collects money here."""
    return name in settings.PROVIDERS


def _made(name: str) -> Provider:
    module, kind = PLACES[name]
    found: Provider = getattr(import_module(module), kind)(**_KEYS[name]())
    return found


def _stripe_keys() -> dict[str, Any]:
    """Of several secrets of webhooks each is good, while one takes the place of another."""
    return {
        "secret_key": settings.STRIPE_SECRET_KEY,
        "publishable_key": settings.STRIPE_PUBLISHABLE_KEY,
        "webhook_secrets": tuple(settings.STRIPE_WEBHOOK_SECRET.replace(" ", "").split(",")),
        "api_base": settings.STRIPE_API_BASE,
    }


_KEYS: dict[str, Callable[[], dict[str, Any]]] = {"sandbox": dict, "stripe": _stripe_keys}
