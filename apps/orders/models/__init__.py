"""What orders knows: products and their stock, orders and what was agreed in them, and the money it asked for."""

from apps.orders.models.catalogue import Price, Product, StockMovement
from apps.orders.models.fulfillments import Fulfillment, FulfillmentLine
from apps.orders.models.money import PaymentAttempt, RefundRequest
from apps.orders.models.orders import Order, OrderLine, Reservation
from apps.orders.models.records import (
    AuditEvent,
    Delivery,
    Erasure,
    IdempotencyRecord,
    InboxEvent,
    KnownAnswer,
    KnownKeys,
    Mail,
    Operation,
    OperationPart,
    OutboxEvent,
    Revocation,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from apps.orders.models.retained import RetainedContact

__all__ = [
    "AuditEvent",
    "Delivery",
    "Erasure",
    "Fulfillment",
    "FulfillmentLine",
    "IdempotencyRecord",
    "InboxEvent",
    "KnownAnswer",
    "KnownKeys",
    "Mail",
    "Operation",
    "OperationPart",
    "Order",
    "OrderLine",
    "OutboxEvent",
    "PaymentAttempt",
    "Price",
    "Product",
    "RefundRequest",
    "Reservation",
    "RetainedContact",
    "Revocation",
    "StockMovement",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
