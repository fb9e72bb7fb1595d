"""What payments asks of whoever collects money, and what it gets to hear."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from apps.payments.models import Payment


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a try was turned down, in the provider's code and in words for the payer."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True, slots=True)
class Method:
    """What was paid with, as far as it may be shown."""

    type: str
    brand: str
    last4: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment as its provider sees it, now. `status` is one of ours; `tries` counts how often it was tried.

    `amount_authorized` is what may be captured or was; `next_action` is what the payer has to do; `client_secret` is
    for the payer alone, and empty once it is good for nothing.
    """

    reference: str
    status: str
    amount_captured: int = 0
    tries: int = 0
    method: Method | None = None
    last_error: Decline | None = None
    amount_authorized: int = 0
    next_action: Mapping[str, Any] | None = None
    client_secret: str = ""


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """A refund as its provider sees it, now: pending, succeeded, failed or cancelled.

    `refund_id` is ours, and empty if it was made outside.
    """

    reference: str
    status: str
    failure_reason: str | None = None
    amount: int = 0
    refund_id: str = ""


@dataclass(frozen=True, slots=True)
class ProviderNews:
    """What a webhook told: something happened to the payment that the provider calls `reference`. Never how it stands.

    `reference` is empty where the news is of nothing that we keep.
    """

    id: str
    type: str
    reference: str


class Declined(Exception):
    """The provider will not do it; asking again changes nothing."""

    def __init__(self, reason: Decline) -> None:
        super().__init__(reason.message)
        self.reason = reason


class InvalidSignature(Exception):
    """A webhook that its provider did not sign, or signed too long ago."""


class Provider(Protocol):
    """Whoever collects money.

    The same key is the same command however often it comes, and answers how things stand now. Every method that asks
    may raise ProviderUnavailable; `create`, `capture` and `refund` may raise Declined. None is called while a
    transaction is open.
    """

    @property
    def name(self) -> str: ...

    @property
    def livemode(self) -> bool:
        """Whether the money is real."""

    @property
    def publishable_key(self) -> str:
        """What a payer's browser shows the provider; empty where there is none."""

    def require_payable(self, amount: int, currency: str) -> None:
        """Raise AmountBelowMinimum or CurrencyNotCollected (422) for what can never be collected. Asks nobody."""

    def create(self, payment: Payment, *, idempotency_key: str) -> Intent:
        """Have the provider know of the payment."""

    def retrieve(self, reference: str) -> Intent:
        """Ask how it stands."""

    def find(self, payment: Payment) -> Intent | None:
        """Ask for it by our id: what to do before `create` is repeated when its key may be forgotten there."""

    def capture(self, reference: str, amount: int, *, idempotency_key: str) -> Intent:
        """Take `amount` of what is authorized; the rest is let go."""

    def cancel(self, reference: str, *, idempotency_key: str) -> Intent:
        """Cancel if it is not too late; the answer says how it stands either way."""

    def refund(self, reference: str, amount: int, *, refund_id: str, idempotency_key: str) -> RefundOutcome:
        """Give `amount` back, or hear how the refund stands that has this key."""

    def refunds(self, reference: str) -> list[RefundOutcome]:
        """Every refund of the payment, also those that were made outside."""

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> ProviderNews:
        """What it tells, from the bytes that came. Raises InvalidSignature. Asks nobody."""
