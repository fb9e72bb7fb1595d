"""What services tell of themselves so that it can be compared, as `chassis/invariants.py` has it; in values.

What else they tell is not read.
"""

from msgspec import Struct


class Attempt(Struct, frozen=True):
    """How orders asked for its money, for the `number`th time."""

    number: int
    payment_id: str
    amount: int
    currency: str
    status: str


class Request(Struct, frozen=True):
    """Money that orders wants to be given back; `refund_id` once it knows which refund that is."""

    id: str
    payment_id: str
    refund_id: str | None
    amount: int
    currency: str
    status: str


class OrderFact(Struct, frozen=True):
    """An order. It `is_settled` where nothing of it has changed lately."""

    key: str
    status: str
    total: int
    currency: str
    customer_id: str | None
    amount_paid: int
    amount_refunded: int
    is_settled: bool
    attempts: list[Attempt]
    refund_requests: list[Request]


class RefundFact(Struct, frozen=True):
    """Money on its way back."""

    id: str
    refund_request_id: str | None
    amount: int
    status: str


class PaymentFact(Struct, frozen=True):
    """A payment, and all that was given back of it."""

    id: str
    attempt: int
    status: str
    amount: int
    currency: str
    amount_authorized: int
    amount_captured: int
    amount_refunded: int
    amount_refund_pending: int
    is_settled: bool
    refunds: list[RefundFact]

    @property
    def kept(self) -> int:
        """What came and is not on its way back."""
        return self.amount_captured - self.amount_refunded - self.amount_refund_pending


class PaymentsFact(Struct, frozen=True):
    """All payments of the order `key`."""

    key: str
    payments: list[PaymentFact]


class CustomerFact(Struct, frozen=True):
    """Somebody who ordered; `personal` is an order of theirs that tells who they are."""

    key: str
    personal: str | None
    is_settled: bool


class UserFact(Struct, frozen=True):
    """Somebody whom users knows, or knew."""

    key: str
    is_erased: bool


class AnnouncementFact(Struct, frozen=True):
    """Something that was announced, and to whom it was delivered."""

    key: str
    delivered_to: list[str]


class HeardFact(Struct, frozen=True):
    """Something that was heard of `source`."""

    key: str
    source: str
    is_settled: bool


class ParityFact(Struct, frozen=True):
    """A payment, and what its provider says otherwise."""

    key: str
    differences: list[str]
