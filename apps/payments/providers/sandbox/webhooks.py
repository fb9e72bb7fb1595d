"""The webhooks of the sandbox, signed as Standard Webhooks. They are written with the change that they tell of."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from apps.payments.models import SandboxIntent, SandboxWebhook
from apps.payments.providers.base import InvalidSignature, ProviderNews
from apps.payments.providers.sandbox.methods import outcome_of
from chassis.identifiers import new_id
from chassis.signing import keyed_digest
from chassis.wakes import wake_on_commit

PAYMENTS = "payments"


def tell(books: SandboxIntent, type: str, *, is_held: bool = False) -> None:
    """Have it sent that something happened, as often as the method paid with has it sent.

    What `is_held` is sent when whoever caused it has been answered: `release` says so.
    """
    event_id, held = new_id("sbe"), SandboxWebhook.held_by_request() if is_held else {}
    for _ in range(outcome_of(books).sent):
        SandboxWebhook.objects.create(intent=books, event_id=event_id, type=type, **held)
    wake_on_commit(PAYMENTS)


def release(reference: str) -> None:
    """Let the news of an intent be sent that was held, so that who is asking and who is told do not race."""
    held = SandboxWebhook.objects.waiting().filter(intent=reference, leased_by="request")
    if held.update(leased_by="", leased_until=None):
        wake_on_commit(PAYMENTS)


def signed(webhook: SandboxWebhook) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a delivery that is sent now."""
    now = timezone.now()
    about = {"type": webhook.type, "timestamp": now.isoformat(), "data": {"intent": webhook.intent_id}}
    body = json.dumps(about)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": webhook.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": _standard().sign(webhook.event_id, now, body),
    }
    return headers, body.encode()


def read(headers: Mapping[str, str], body: bytes) -> ProviderNews:
    """What a delivery tells. Raises InvalidSignature."""
    from standardwebhooks import WebhookVerificationError

    named = {name.lower(): value for name, value in headers.items()}
    try:
        told = _standard().verify(body, named)
    except (WebhookVerificationError, ValueError) as exc:
        raise InvalidSignature(str(exc)) from exc
    return ProviderNews(named["webhook-id"], told["type"], told["data"]["intent"])


def _standard() -> Any:
    """Its secret is the service's own: whoever sends and whoever reads are the same."""
    from standardwebhooks import Webhook

    secret = bytes.fromhex(keyed_digest(PAYMENTS, "webhooks", purpose="sandbox"))
    return Webhook(base64.b64encode(secret).decode())
