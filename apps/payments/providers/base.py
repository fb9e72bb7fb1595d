"""What payments asks of whoever collects money, and what it gets to hear."""

from dataclasses import dataclass
from typing import Protocol

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
    """A payment as its provider sees it, now. `status` is one of ours; `tries` counts how often it was tried."""

    reference: str
    status: str
    amount_captured: int = 0
    tries: int = 0
    method: Method | None = None
    last_error: Decline | None = None


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """A refund as its provider sees it, now: pending, succeeded, failed or cancelled."""

    reference: str
    status: str
    failure_reason: str | None = None


class Declined(Exception):
    """The provider will not do it; asking again changes nothing."""

    def __init__(self, reason: Decline) -> None:
        super().__init__(reason.message)
        self.reason = reason


class Provider(Protocol):
    """Whoever collects money.

    The same key is the same command however often it comes, and answers how things stand now. Every method may raise
    ProviderUnavailable; `create` and `refund` may raise Declined. None is called while a transaction is open.
    """

    @property
    def name(self) -> str: ...

    @property
    def livemode(self) -> bool:
        """Whether the money is real."""

    def create(self, payment: Payment, *, idempotency_key: str) -> Intent:
        """Have the provider know of the payment."""

    def retrieve(self, reference: str) -> Intent:
        """Ask how it stands."""

    def cancel(self, reference: str, *, idempotency_key: str) -> Intent:
        """Cancel if it is not too late; the answer says how it stands either way."""

    def refund(self, reference: str, amount: int, *, idempotency_key: str) -> RefundOutcome:
        """Give `amount` back, or hear how the refund stands that has this key."""
