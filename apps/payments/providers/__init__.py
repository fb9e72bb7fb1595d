"""Who collects money: one interface, and those who implement it."""

from importlib import import_module

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
    return provider(name)


def provider(name: str) -> Provider:
    """The provider `name`, to be asked what it knows by itself. Raises UnknownProvider (422)."""
    if name not in PROVIDERS:
        if not is_enabled(name):
            raise UnknownProvider(f"There is no provider {name!r}", providers=sorted(settings.PROVIDERS))
        module, kind = PLACES[name]
        PROVIDERS[name] = getattr(import_module(module), kind)()
    return PROVIDERS[name]


def is_enabled(name: str) -> bool:
    """Whether it collects money here."""
    return name in settings.PROVIDERS
