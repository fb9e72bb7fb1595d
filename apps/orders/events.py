"""The facts that orders announces."""

from dataclasses import dataclass

from chassis.outbox import Event


class OrderEvent(Event):
    service = "orders"
    subject = "order_id"


@dataclass(frozen=True)
class OrderPlaced(OrderEvent):
    type = "order.placed"
    begins = True
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
    order_id: str
    reason: str


@dataclass(frozen=True)
class OrderExpired(OrderEvent):
    type = "order.expired"
    order_id: str


@dataclass(frozen=True)
class OrderPaymentMismatch(OrderEvent):
    """Money came that is not what was asked for; a person has to look."""

    type = "order.payment_mismatch"
    order_id: str
    payment_id: str
    amount: int
    currency: str


@dataclass(frozen=True)
class RefundRequested(OrderEvent):
    type = "refund_request.created"
    order_id: str
    refund_request_id: str
    amount: int
    currency: str


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
