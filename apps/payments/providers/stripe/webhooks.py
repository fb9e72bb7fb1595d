"""What Stripe tells unasked: whose it is, how old it may be, and which payment it is about."""

import json
import logging
import time
from collections.abc import Mapping
from typing import Any

import stripe

from apps.payments.providers.base import InvalidSignature, ProviderNews

TOLERANCE_SECONDS = 300
# What there is to hear about a payment, and where the intent's id stands in it.
SUBJECTS = {
    **dict.fromkeys(
        (
            *("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.processing"),
            *("payment_intent.requires_action", "payment_intent.amount_capturable_updated", "payment_intent.canceled"),
        ),
        "id",
    ),
    **dict.fromkeys(
        (
            *("charge.refunded", "refund.created", "refund.updated", "refund.failed"),
            *("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"),
        ),
        "payment_intent",
    ),
}
logger = logging.getLogger("tearline")


def read_webhook(body: bytes, signature: str, *, secrets: tuple[str, ...], livemode: bool) -> ProviderNews:
    """What it tells. Raises InvalidSignature unless one of `secrets` signed it within five minutes, either way."""
    if not any(_is_signed(body, signature, secret) for secret in secrets) or _signed_at(signature) > _latest():
        raise InvalidSignature
    told = _read(body)
    if told.get("livemode", livemode) != livemode:
        logger.warning("stripe tells of %s, livemode %s: the key is for the other", told["id"], told["livemode"])
        return ProviderNews(told["id"], told["type"], "")
    return ProviderNews(told["id"], told["type"], _reference(told))


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _latest() -> float:
    """The SDK refuses only what is too old."""
    return time.time() + TOLERANCE_SECONDS


def _signed_at(signature: str) -> int:
    """When the header says; the SDK has read it before, so it is there."""
    return next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError as exc:
        raise InvalidSignature from exc
    if not isinstance(told, dict) or not isinstance(told.get("id"), str) or not isinstance(told.get("type"), str):
        raise InvalidSignature
    return told


def _reference(told: Mapping[str, Any]) -> str:
    """Only what is about one of our payments has one."""
    if told["type"] not in SUBJECTS:
        return ""
    subject = told["data"]["object"]
    return subject.get(SUBJECTS[told["type"]]) or ""
