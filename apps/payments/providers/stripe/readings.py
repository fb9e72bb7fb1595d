"""What Stripe's objects say, in the words of payments."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.payments.models import Refund
from apps.payments.providers.base import Intent, Method, RefundOutcome
from apps.payments.providers.stripe.currencies import from_stripe
from apps.payments.providers.stripe.declines import decline

PAYMENTS = {
    "requires_payment_method": "requires_payment_method",
    "requires_confirmation": "requires_payment_method",
    "requires_action": "requires_action",
    "processing": "processing",
    "requires_capture": "authorized",
    "succeeded": "succeeded",
    "canceled": "cancelled",
}
WAITING_FOR_PAYER = {"requires_payment_method", "requires_action"}
REFUNDS = {
    "pending": Refund.Status.PENDING,
    "requires_action": Refund.Status.PENDING,
    "succeeded": Refund.Status.SUCCEEDED,
    "failed": Refund.Status.FAILED,
    "canceled": Refund.Status.CANCELLED,
}


def read_intent(found: Mapping[str, Any], charges: Sequence[Mapping[str, Any]]) -> Intent:
    """The intent with its charges, newest first: each of them is a try, of which the intent itself keeps no count."""
    currency, error = found["currency"].upper(), found["last_payment_error"]
    status, good = PAYMENTS[found["status"]], next((charge for charge in charges if charge["paid"]), None)
    return Intent(
        reference=found["id"],
        status=status,
        amount_captured=from_stripe(found["amount_received"], currency),
        tries=len(charges),
        method=_method(good) if good else None,
        last_error=decline(error) if error else None,
        amount_authorized=from_stripe(good["amount"], currency) if good else 0,
        next_action=_next_action(found["next_action"]),
        client_secret=found["client_secret"] if status in WAITING_FOR_PAYER else "",
    )


def read_refund(found: Mapping[str, Any]) -> RefundOutcome:
    return RefundOutcome(
        reference=found["id"],
        status=str(REFUNDS[found["status"] or "pending"]),
        failure_reason=found.get("failure_reason"),
        amount=from_stripe(found["amount"], found["currency"].upper()),
        refund_id=(found["metadata"] or {}).get("refund_id", ""),
    )


def _method(charge: Mapping[str, Any]) -> Method:
    """What may be shown of it; not everything that one pays with has a brand, or digits."""
    details = charge["payment_method_details"]
    shown = details.get(details["type"]) or {}
    return Method(type=details["type"], brand=shown.get("brand") or "", last4=shown.get("last4") or "")


def _next_action(action: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What the payer has to do, and where, if it is somewhere. What else stands there is for Stripe's own script."""
    if not action:
        return None
    url = (action.get("redirect_to_url") or {}).get("url")
    return {"type": action["type"], **({"url": url} if url else {})}
