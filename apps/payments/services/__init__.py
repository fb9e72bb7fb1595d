"""What payments does: payments, refunds, and what providers tell of them."""

from apps.payments.services.payments import (
    cancel_payment,
    capture_payment,
    create_payment,
    resume_payments,
    sync_payment,
)
from apps.payments.services.provider_events import handle_provider_events, receive_webhook, replay_provider_event
from apps.payments.services.refunds import cancel_refund, refund_payment, resume_refunds
from apps.payments.services.sandbox import (
    complete_sandbox_payment,
    confirm_sandbox_payment,
    move_sandbox_clock,
    send_sandbox_webhooks,
    settle_sandbox,
)

__all__ = [
    "cancel_payment",
    "cancel_refund",
    "capture_payment",
    "complete_sandbox_payment",
    "confirm_sandbox_payment",
    "create_payment",
    "handle_provider_events",
    "move_sandbox_clock",
    "receive_webhook",
    "refund_payment",
    "replay_provider_event",
    "resume_payments",
    "resume_refunds",
    "send_sandbox_webhooks",
    "settle_sandbox",
    "sync_payment",
]
