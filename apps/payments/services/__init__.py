"""What payments does: payments, refunds, and the outcomes that providers report."""

from apps.payments.services.payments import (
    cancel_payment,
    confirm_sandbox_payment,
    create_payment,
    resume_payments,
    sync_payment,
)
from apps.payments.services.refunds import refund_payment, resume_refunds

__all__ = [
    "cancel_payment",
    "confirm_sandbox_payment",
    "create_payment",
    "refund_payment",
    "resume_payments",
    "resume_refunds",
    "sync_payment",
]
