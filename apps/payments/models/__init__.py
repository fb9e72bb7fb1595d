"""What payments knows: payments, refunds, the ledger, the sandbox's books, and its share of the chassis's tables."""

from apps.payments.models.ledger import LedgerEntry
from apps.payments.models.payments import Payment
from apps.payments.models.provider_events import ProviderEvent
from apps.payments.models.records import (
    AuditEvent,
    Delivery,
    Erasure,
    IdempotencyRecord,
    InboxEvent,
    KnownKeys,
    OutboxEvent,
    Revocation,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from apps.payments.models.refunds import Refund
from apps.payments.models.sandbox import SandboxChange, SandboxIntent, SandboxRefund, SandboxWebhook

__all__ = [
    "AuditEvent",
    "Delivery",
    "Erasure",
    "IdempotencyRecord",
    "InboxEvent",
    "KnownKeys",
    "LedgerEntry",
    "OutboxEvent",
    "Payment",
    "ProviderEvent",
    "Refund",
    "Revocation",
    "SandboxChange",
    "SandboxIntent",
    "SandboxRefund",
    "SandboxWebhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
