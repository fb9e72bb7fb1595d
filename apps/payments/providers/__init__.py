"""Who collects money: one interface, and those who implement it."""

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
from apps.payments.providers.sandbox import Sandbox
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
    "Sandbox",
    "reach",
]

PROVIDERS: dict[str, Provider] = {"sandbox": Sandbox()}


def reach(name: str) -> Provider:
    """The provider `name`, to be asked at once. Raises UnknownProvider (422), OpenTransaction inside a transaction."""
    refuse_open_transaction(f"payments → {name}")
    if name not in PROVIDERS:
        raise UnknownProvider(f"There is no provider {name!r}", providers=sorted(PROVIDERS))
    provider: Provider = around_all("payments", PROVIDERS[name], f"provider {name}")
    return provider
