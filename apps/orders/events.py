"""The facts that orders announces."""

from dataclasses import dataclass
from typing import ClassVar

from chassis import context
from chassis.outbox import Event

GUEST = "guest"


@dataclass(frozen=True, kw_only=True)
class OrderEvent(Event):
    """Something happened to an order. `actor` is who did it, by default whoever asks, and `nobody` where none is known.

    What only buyers do is done by a guest then, anything else by the service itself.
    """

    service = "orders"
    subject = "order_id"
    nobody: ClassVar[str] = "service:orders"

    actor: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "actor", self.actor or context.current().actor or self.nobody)


@dataclass(frozen=True)
class OrderPlaced(OrderEvent):
    type = "order.placed"
    begins = True
    nobody = GUEST
    order_id: str
    customer_id: str
    total: int
    currency: str


@dataclass(frozen=True)
class OrderConfirmed(OrderEvent):
    type = "order.confirmed"
    order_id: str


@dataclass(frozen=True)
class OrderCancelled(OrderEvent):
    type = "order.cancelled"
    nobody = GUEST
    order_id: str
    reason: str


@dataclass(frozen=True)
class OrderExpired(OrderEvent):
    type = "order.expired"
    order_id: str


@dataclass(frozen=True)
class OrderCompleted(OrderEvent):
    """Everything of it was delivered, or staff say so."""

    type = "order.completed"
    order_id: str


@dataclass(frozen=True)
class OrderClaimed(OrderEvent):
    """What a guest placed belongs to a customer now."""

    type = "order.claimed"
    order_id: str
    customer_id: str


@dataclass(frozen=True)
class OrderForgotten(OrderEvent):
    """A guest placed it, a customer claimed it, and was erased. Payments, which never heard of them, forgets too."""

    type = "order.forgotten"
    subscribers = ("payments",)
    order_id: str


@dataclass(frozen=True)
class OrderLatePaymentAccepted(OrderEvent):
    """An expired order was paid, and its stock was still there."""

    type = "order.late_payment_accepted"
    order_id: str
    payment_id: str


@dataclass(frozen=True)
class OrderLatePaymentRefunded(OrderEvent):
    """Money came for an order that waits for none, and goes back."""

    type = "order.late_payment_refunded"
    order_id: str
    payment_id: str
    refund_request_id: str


@dataclass(frozen=True)
class OrderPaymentMismatch(OrderEvent):
    """The money is not what was asked for, or what was promised is gone (`amount` 0); a person should look."""

    type = "order.payment_mismatch"
    order_id: str
    payment_id: str
    amount: int
    currency: str


@dataclass(frozen=True)
class PaymentOpened(OrderEvent):
    type = "payment.opened"
    nobody = GUEST
    order_id: str
    attempt: int
    amount: int
    currency: str


@dataclass(frozen=True)
class PaymentAuthorized(OrderEvent):
    type = "payment.authorized"
    order_id: str
    payment_id: str
    amount: int
    currency: str


@dataclass(frozen=True)
class RefundEvent(OrderEvent):
    order_id: str
    refund_request_id: str
    amount: int
    currency: str


@dataclass(frozen=True)
class RefundRequested(RefundEvent):
    type = "refund_request.created"


@dataclass(frozen=True)
class RefundSucceeded(RefundEvent):
    type = "refund_request.succeeded"


@dataclass(frozen=True)
class RefundFailed(RefundEvent):
    """The money did not go back, or came back: it can be refunded again."""

    type = "refund_request.failed"


@dataclass(frozen=True)
class FulfillmentEvent(OrderEvent):
    order_id: str
    fulfillment_id: str


@dataclass(frozen=True)
class FulfillmentShipped(FulfillmentEvent):
    type = "fulfillment.shipped"
    carrier: str
    tracking_number: str
    tracking_url: str


@dataclass(frozen=True)
class FulfillmentDelivered(FulfillmentEvent):
    type = "fulfillment.delivered"


@dataclass(frozen=True)
class FulfillmentCancelled(FulfillmentEvent):
    type = "fulfillment.cancelled"


@dataclass(frozen=True)
class ProductEvent(Event):
    service = "orders"
    subject = "product_id"

    product_id: str


@dataclass(frozen=True)
class ProductCreated(ProductEvent):
    type = "product.created"
    begins = True


@dataclass(frozen=True)
class ProductUpdated(ProductEvent):
    type = "product.updated"


@dataclass(frozen=True)
class ProductArchived(ProductEvent):
    type = "product.archived"
