"""What providers tell by webhook: kept, then they are asked how things stand. The news itself is not believed."""

import logging
from collections.abc import Mapping

from django.db.transaction import atomic
from django.utils import timezone

from apps.payments import problems
from apps.payments.models import Payment, ProviderEvent
from apps.payments.problems import ProviderUnavailable
from apps.payments.providers import InvalidSignature, ProviderNews, provider
from apps.payments.services.payments import sync_payment
from chassis.audits import record
from chassis.wakes import wake_on_commit

PAYMENTS = "payments"
Status = ProviderEvent.Status
logger = logging.getLogger("tearline")


class UnknownReference(LookupError):
    """The provider has a payment that is not known here, or not yet: the answer that names it may be under way."""


def receive_webhook(*, name: str, headers: Mapping[str, str], body: bytes) -> None:
    """Keep what the provider `name` tells, once however often it comes. Raises InvalidSignature (400)."""
    try:
        news = provider(name).read_webhook(headers, body)
    except InvalidSignature as exc:
        raise problems.InvalidSignature("The signature is missing, wrong or too old") from exc
    with atomic(using=PAYMENTS):
        ProviderEvent.objects.get_or_create(provider=name, event_id=news.id, defaults=_row(news))
        wake_on_commit(PAYMENTS)


def handle_provider_events(worker: str) -> int:
    """Ask the providers about what they have told of; returns how many were taken."""
    taken = ProviderEvent.objects.due().lease(worker)
    for event in taken:
        try:
            sync_payment(payment_id=_payment_of(event).id)
        except ProviderUnavailable as failure:
            event.fail(str(failure), may_die=False)
        except Exception as exc:
            logger.exception("%s of %s could not be handled", event.id, event.provider)
            event.fail(repr(exc), may_die=True)
        else:
            event.end(Status.PROCESSED)
    return len(taken)


def replay_provider_event(*, event_id: str) -> ProviderEvent:
    """Have it handled as if it had just come, which is harmless however often."""
    with atomic(using=PAYMENTS):
        event: ProviderEvent = ProviderEvent.objects.select_for_update().get(pk=event_id)
        record(PAYMENTS, "provider_event.replayed", event.id, status=(event.status, Status.RECEIVED))
        event.replay()
        wake_on_commit(PAYMENTS)
    return event


def _row(news: ProviderNews) -> dict[str, object]:
    row: dict[str, object] = {"type": news.type[:100], "reference": news.reference}
    return row if news.reference else {**row, "status": Status.IGNORED, "done_at": timezone.now()}


def _payment_of(event: ProviderEvent) -> Payment:
    payment: Payment | None = Payment.objects.filter(
        provider=event.provider, provider_reference=event.reference
    ).first()
    if payment is None:
        raise UnknownReference(event.reference)
    return payment
