"""The facts that payments announces. Orders hears them, in the order in which they happened to a payment."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from apps.payments.models import Payment, Refund
from chassis.outbox import Event


@dataclass(frozen=True)
class PaymentEvent(Event):
    """Something happened to a payment; the members tell how it stands now."""

    service = "payments"
    subject = "payment_id"
    subscribers: ClassVar[tuple[str, ...]] = ("orders",)

    payment_id: str
    order_id: str
    attempt: int
    status: str
    amount: int
    currency: str
    amount_authorized: int
    amount_captured: int
    amount_refunded: int

    @classmethod
    def of(cls, payment: Payment, **more: Any) -> Self:
        """The fact about `payment` as it is at this moment of the transaction."""
        return cls(
            payment_id=payment.id,
            order_id=payment.order_id,
            attempt=payment.attempt,
            status=str(payment.status),
            amount=payment.amount,
            currency=payment.currency,
            amount_authorized=payment.amount_authorized,
            amount_captured=payment.amount_captured,
            amount_refunded=payment.amount_refunded,
            **more,
        )


@dataclass(frozen=True)
class PaymentCreated(PaymentEvent):
    """Orders has opened it and need not be told."""

    type = "payment.created"
    subscribers = ()
    begins = True


@dataclass(frozen=True)
class PaymentRequiresAction(PaymentEvent):
    """Whoever pays has to do more, such as 3-D Secure."""

    type = "payment.requires_action"


@dataclass(frozen=True)
class PaymentProcessing(PaymentEvent):
    """It takes its time, perhaps days."""

    type = "payment.processing"


@dataclass(frozen=True)
class PaymentAuthorized(PaymentEvent):
    """The money is set aside for us, until it is captured, let go, or the authorization lapses."""

    type = "payment.authorized"


@dataclass(frozen=True)
class PaymentSucceeded(PaymentEvent):
    type = "payment.succeeded"


@dataclass(frozen=True)
class PaymentDeclined(PaymentEvent):
    """A try was declined; the payment is open for another."""

    type = "payment.declined"


@dataclass(frozen=True)
class PaymentCancelled(PaymentEvent):
    type = "payment.cancelled"


@dataclass(frozen=True)
class PaymentFailed(PaymentEvent):
    """The provider will not collect this payment at all."""

    type = "payment.failed"


@dataclass(frozen=True)
class RefundEvent(PaymentEvent):
    """Something happened to a refund of a payment; `source` is requested, or external if nobody here asked for it."""

    refund_id: str
    refund_request_id: str
    refund_amount: int
    source: str

    @classmethod
    def of_refund(cls, refund: Refund) -> Self:
        """The fact about `refund`, with its payment as it is at this moment of the transaction."""
        named = {"refund_request_id": refund.refund_request_id, "source": str(refund.source)}
        return cls.of(refund.payment, refund_id=refund.id, refund_amount=refund.amount, **named)


@dataclass(frozen=True)
class RefundPending(RefundEvent):
    type = "refund.pending"


@dataclass(frozen=True)
class RefundSucceeded(RefundEvent):
    type = "refund.succeeded"


@dataclass(frozen=True)
class RefundExternal(RefundEvent):
    """Money was given back at the provider, by somebody else."""

    type = "refund.external"


@dataclass(frozen=True)
class RefundFailed(RefundEvent):
    """Nothing was given back, or it came back to us, even days after it succeeded; it can be refunded again."""

    type = "refund.failed"
