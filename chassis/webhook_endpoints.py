"""What admins do with webhook endpoints: each act is one transaction, and on record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from chassis import context
from chassis.audits import differences, record
from chassis.fetching import require_fetchable
from chassis.outbox import kinds_of_events
from chassis.problems import InvalidRequest, InvalidState, VersionMismatch
from chassis.wakes import wake_on_commit
from chassis.webhooks import LOOPBACK, TEST_TYPE, DeliveryStatus, EndpointStatus, covers


def endpoints(service: str) -> Any:
    """Those of a service that were not archived."""
    return apps.get_model(service, "WebhookEndpoint").objects.present()


def event_types(service: str) -> list[str]:
    """Everything that a service announces, in dotted past tense."""
    return sorted({kind.type for kind in kinds_of_events(service)})


def require_receivable(url: str) -> None:
    """Raise ForbiddenTarget if nothing can be sent there: it is not public, nor one's own machine where that may be."""
    if not is_own_machine(url):
        require_fetchable(url)


def is_own_machine(url: str) -> bool:
    """`http://127.0.0.1:…`, where `WEBHOOK_ALLOW_LOOPBACK` lets it be an endpoint."""
    return settings.WEBHOOK_ALLOW_LOOPBACK and LOOPBACK.fullmatch(url) is not None


def register_endpoint(service: str, *, url: str, events: Sequence[str], description: str) -> tuple[Any, str]:
    """A new endpoint, and its secret, which nobody can read again. Raises InvalidRequest for an event that never is."""
    _require_known(service, events)
    endpoint = apps.get_model(service, "WebhookEndpoint")(url=url, events=[*events], description=description)
    secret = endpoint.renew_secret()
    with transaction.atomic(using=service):
        endpoint.save(force_insert=True)
        record(service, "webhook_endpoint.registered", endpoint.id, url=(None, url), events=(None, endpoint.events))
    return endpoint, secret


def change_endpoint(service: str, endpoint: Any, **changes: Any) -> Any:
    """Raises VersionMismatch if somebody else was quicker, and InvalidRequest for an event that never is."""
    _require_known(service, changes.get("events", ()))
    with transaction.atomic(using=service):
        locked = _locked(endpoint)
        if locked.version != endpoint.version:
            raise VersionMismatch("Read it again and repeat your change", current_version=locked.version)
        before = {name: getattr(locked, name) for name in changes}
        for name, value in changes.items():
            setattr(locked, name, value)
        locked.save_change()
        record(service, "webhook_endpoint.changed", locked.id, **differences(before, changes))
    return locked


def rotate_secret(service: str, endpoint: Any) -> tuple[Any, str]:
    """A new secret. Messages are signed with the one before as well, for a day."""
    with transaction.atomic(using=service):
        locked = _locked(endpoint)
        secret = locked.renew_secret()
        locked.save_change()
        record(service, "webhook_endpoint.secret_rotated", locked.id)
    return locked, secret


def enable_endpoint(service: str, endpoint: Any) -> Any:
    """Tell it again what happens from now on. What it missed since it was disabled it can be sent by replays."""
    with transaction.atomic(using=service):
        locked = _locked(endpoint)
        if locked.status != EndpointStatus.ACTIVE:
            record(service, "webhook_endpoint.enabled", locked.id, status=(locked.status, EndpointStatus.ACTIVE))
            if locked.status == EndpointStatus.DISABLED:
                locked.listens_since = timezone.now()
            locked.status, locked.failure_count, locked.failing_since = EndpointStatus.ACTIVE, 0, None
            locked.save_change()
    return locked


def archive_endpoint(service: str, endpoint: Any) -> None:
    """Tell it nothing any more. What it was sent stays on record."""
    with transaction.atomic(using=service):
        locked = _locked(endpoint)
        locked.archived_at = timezone.now()
        locked.save_change()
        give_up(locked, "The endpoint was archived")
        record(service, "webhook_endpoint.archived", locked.id)


def give_up(endpoint: Any, reason: str) -> int:
    """Within the transaction that closes an endpoint: what waits for it is not sent, unless it is replayed."""
    waiting = endpoint.deliveries.waiting()
    count: int = waiting.update(status=DeliveryStatus.DEAD, done_at=timezone.now(), last_failure=reason)
    return count


def send_test(service: str, endpoint: Any) -> Any:
    """A delivery of a `webhook.test` to this endpoint alone. Raises InvalidState for one that is disabled."""
    with transaction.atomic(using=service):
        locked = _listening(endpoint, "test")
        event = _test_event(service, locked, timezone.now())
        return _addressed(service, locked, event)


def replay(service: str, delivery: Any) -> Any:
    """Send it again, under the same id, and go on as if it were new. Raises InvalidState while it is being sent."""
    with transaction.atomic(using=service):
        _listening(delivery.endpoint, "replay")
        locked = type(delivery).objects.select_for_update().get(pk=delivery.pk)
        if locked.shown_status == DeliveryStatus.IN_FLIGHT:
            raise InvalidState(current_status=locked.shown_status, requested="replay", allowed_actions=[])
        record(service, "webhook_delivery.replayed", locked.id, status=(locked.status, DeliveryStatus.PENDING))
        locked.status, locked.due_at, locked.done_at = DeliveryStatus.PENDING, timezone.now(), None
        locked.failures, locked.last_failure = 0, ""
        locked.save()
        wake_on_commit(service)
    return locked


def _require_known(service: str, events: Sequence[str]) -> None:
    """A pattern that nothing could ever meet is a mistake in writing."""
    known = event_types(service)
    unknown = [at for at, pattern in enumerate(events) if not any(covers(pattern, each) for each in known)]
    if unknown:
        message = f"One of {', '.join(known)}; order.* for all that begin with order., * for everything"
        errors = [{"pointer": f"/events/{at}", "code": "unknown_event_type", "message": message} for at in unknown]
        raise InvalidRequest("There is no such event", errors=errors)


def _locked(endpoint: Model) -> Any:
    """Locks are taken in this order: an endpoint, then its deliveries."""
    return type(endpoint)._default_manager.select_for_update(no_key=True).get(pk=endpoint.pk)


def _listening(endpoint: Model, requested: str) -> Any:
    """The endpoint, locked, if it may be sent anything."""
    locked = _locked(endpoint)
    if locked.status == EndpointStatus.DISABLED or locked.archived_at:
        actions = [] if locked.archived_at else ["enable"]
        raise InvalidState(current_status=locked.status, requested=requested, allowed_actions=actions)
    return locked


def _test_event(service: str, endpoint: Any, now: datetime) -> Any:
    """An event that is told to nobody else: its stream is the endpoint's own, whose row is locked."""
    outbox = apps.get_model(service, "OutboxEvent")
    return outbox.objects.create(
        stream=endpoint.id,
        number=outbox.objects.filter(stream=endpoint.id).count() + 1,
        type=TEST_TYPE,
        data={"webhook_endpoint_id": endpoint.id},
        request_id=context.current().request_id,
        occurred_at=now,
        told_at=now,
    )


def _addressed(service: str, endpoint: Any, event: Any) -> Any:
    delivery = apps.get_model(service, "WebhookDelivery").objects.create(endpoint=endpoint, event=event)
    wake_on_commit(service)
    return delivery
