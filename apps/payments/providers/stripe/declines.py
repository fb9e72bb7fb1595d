"""Why Stripe says no, in words of ours: what it says itself is for the shop, and sometimes for nobody."""

from collections.abc import Mapping
from typing import Any

from apps.payments.providers.base import Decline

GENERIC = "generic_decline"
# What a payer may be told; a card reported as lost or stolen, or a suspicion, is told as a decline and no more.
WORDS = {
    GENERIC: "The payment was declined.",
    "authentication_required": "The bank asks the payer to confirm the payment.",
    "card_velocity_exceeded": "The card has reached its limit.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The security code of the card is wrong.",
    "incorrect_number": "The number of the card is wrong.",
    "insufficient_funds": "There is not enough money on the card.",
    "payment_intent_authentication_failure": "The payer was not authenticated.",
    "processing_error": "The payment could not be processed. Trying again may help.",
    "withdrawal_count_limit_exceeded": "The card has reached its limit.",
}


def decline(error: Mapping[str, Any]) -> Decline:
    """The reason in Stripe's `error`, as far as it may be told."""
    code = error.get("code") or error.get("type") or "invalid_request_error"
    told = error.get("decline_code") or code
    shown = told if told in WORDS else GENERIC
    return Decline(code=code, decline_code=shown, message=WORDS[shown])
