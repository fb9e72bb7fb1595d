"""The shop's other systems, told of what happens here as Standard Webhooks has it (docs/webhooks.md).

An endpoint is where one of them listens, and for what. A delivery is one event on its way to one endpoint, with an
attempt for each time that it was sent. Order is not promised: `sequence` is the event's number in its stream.
"""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from chassis.audits import PERSONAL
from chassis.identifiers import IdField
from chassis.leases import Leased, LeasedQuerySet
from chassis.projections import milliseconds
from chassis.signing import new_webhook_secret, seal, unseal
from chassis.versions import Versioned

LOOPBACK = re.compile(r"http://127\.0\.0\.1:[1-9][0-9]{0,4}(/[\x21-\x7e]*)?")
TEST_TYPE = "webhook.test"
EVERYTHING = "*"
GRACE = timedelta(hours=24)
DEGRADED_AFTER = 5
DISABLED_AFTER = timedelta(days=3)
MOST_BYTES = 20_000
LONGEST_EXCERPT = 1024


class EndpointStatus(models.TextChoices):
    ACTIVE = "active"
    DEGRADED = "degraded"
    DISABLED = "disabled"


class DeliveryStatus(models.TextChoices):
    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    RETRY_WAIT = "retry_wait"
    DELIVERED = "delivered"
    DEAD = "dead"


class EndpointQuerySet(models.QuerySet[Any]):
    def present(self) -> Self:
        """Those that were not archived."""
        return self.filter(archived_at=None)

    def listening(self) -> Self:
        """Those that are told what happens."""
        return self.present().exclude(status=EndpointStatus.DISABLED)


class WebhookEndpoint(Versioned):
    """Where another system listens. It is told what happens from `listens_since` on; secrets are sealed at rest."""

    Status = EndpointStatus

    id = IdField("whe")
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=list)
    status = models.CharField(max_length=8, choices=EndpointStatus, default=EndpointStatus.ACTIVE)
    failure_count = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    listens_since = models.DateTimeField(default=timezone.now)
    sealed_secret = models.BinaryField()
    sealed_previous = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = EndpointQuerySet.as_manager()

    class Meta:
        abstract = True

    def listens_to(self, event: Any) -> bool:
        """Whether it is told of this event: `*` is everything, `order.*` whatever begins with `order.`."""
        is_new = event.occurred_at >= self.listens_since
        return is_new and any(covers(pattern, event.type) for pattern in self.events)

    def secrets(self) -> list[str]:
        """Those that messages are signed with: for a day after a rotation, the one before as well."""
        overlaps = self.previous_until is not None and self.previous_until > timezone.now()
        sealed: list[Any] = [self.sealed_secret, *([self.sealed_previous] if overlaps else [])]
        return [unseal(self._meta.app_label, one) for one in sealed]

    def renew_secret(self) -> str:
        """A new secret, which nobody can read again."""
        if self.sealed_secret:
            self.sealed_previous, self.previous_until = self.sealed_secret, timezone.now() + GRACE
        secret = new_webhook_secret()
        self.sealed_secret = seal(self._meta.app_label, secret)
        return secret

    def note_success(self) -> None:
        """It took a message."""
        if self.failure_count:
            self.failure_count, self.failing_since = 0, None
            self._turn(EndpointStatus.ACTIVE)

    def note_failure(self) -> None:
        """It did not take one: five in a row are shown, and after three days of nothing else it is told no more."""
        now = timezone.now()
        self.failure_count += 1
        self.failing_since = self.failing_since or now
        if now - self.failing_since >= DISABLED_AFTER:
            self._turn(EndpointStatus.DISABLED)
        else:
            is_degraded = self.failure_count >= DEGRADED_AFTER
            self._turn(EndpointStatus.DEGRADED if is_degraded else EndpointStatus.ACTIVE)

    def note_gone(self) -> None:
        """It said that it is there no longer."""
        self.failure_count += 1
        self.failing_since = self.failing_since or timezone.now()
        self._turn(EndpointStatus.DISABLED)

    def _turn(self, status: EndpointStatus) -> None:
        if status != self.status:
            self.status = status
            self.version += 1
        self.save(update_fields=["failure_count", "failing_since", "status", "version", "updated_at"])


class WebhookDeliveryQuerySet(LeasedQuerySet):
    def in_flight(self) -> Self:
        return self.waiting().filter(leased_until__gt=timezone.now())

    def with_status(self, status: str) -> Self:
        """Those that are shown with this status: what is in flight waits, too, and is shown as in flight."""
        if status == DeliveryStatus.IN_FLIGHT:
            return self.in_flight()
        free = Q(leased_until=None) | Q(leased_until__lte=timezone.now()) | ~Q(done_at=None)
        return self.filter(free, status=status)


class WebhookDelivery(Leased):
    """One event on its way to one endpoint.

    The concrete model adds `endpoint` and `event`, the keys to its own of either.
    """

    Status = DeliveryStatus

    id = IdField("whd")
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects: ClassVar[Any] = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = (models.UniqueConstraint("endpoint", "event", name="%(app_label)s_webhook_once"),)
        indexes = (
            models.Index(
                fields=("endpoint", "due_at"), condition=Q(done_at=None), name="%(app_label)s_webhook_waiting"
            ),
        )

    @property
    def shown_status(self) -> str:
        return shown_status(self.status, self.done_at, self.leased_until)


class WebhookAttempt(models.Model):
    """One sending of a delivery, and what was answered. The concrete model adds `delivery`, the key to its own."""

    at = models.DateTimeField()
    status_code = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveIntegerField()
    error = models.CharField(max_length=300, blank=True)
    response_excerpt = models.CharField(max_length=LONGEST_EXCERPT, blank=True)

    class Meta:
        abstract = True


def covers(pattern: str, type: str) -> bool:
    return pattern in {EVERYTHING, type} or (pattern.endswith(".*") and type.startswith(pattern[:-1]))


def shown_status(status: str, done_at: datetime | None, leased_until: datetime | None) -> str:
    """What is on its way at this moment is in flight, and falls back to what it was if its worker dies."""
    is_in_flight = done_at is None and leased_until is not None and leased_until > timezone.now()
    return DeliveryStatus.IN_FLIGHT if is_in_flight else status


def forget_answers(service: str, streams: Iterable[models.QuerySet[Any]]) -> None:
    """Blank what endpoints answered to events of these streams: they may know more of people than they were told."""
    attempts = apps.get_model(service, "WebhookAttempt").objects
    for ids in streams:
        attempts.filter(delivery__event__stream__in=ids).update(response_excerpt="")


def message(event: Any, api_version: str) -> bytes:
    """What an endpoint is sent of an event: thin, always the same bytes, and nothing personal."""
    facts = {name: value for name, value in event.data.items() if name not in PERSONAL}
    whole = _message(event, api_version, {"id": event.stream, **facts})
    return whole if len(whole) <= MOST_BYTES else _message(event, api_version, {"id": event.stream})


def signed(endpoint: Any, event: Any, body: bytes) -> dict[str, str]:
    """The headers that prove to the endpoint that the message is ours."""
    from standardwebhooks import Webhook

    now = timezone.now()
    signatures = [Webhook(secret).sign(event.id, now, body.decode()) for secret in endpoint.secrets()]
    return {
        "webhook-id": event.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _message(event: Any, api_version: str, thing: dict[str, Any]) -> bytes:
    told = {
        "id": event.id,
        "type": event.type,
        "created_at": milliseconds(event.occurred_at),
        "api_version": api_version,
        "request_id": event.request_id,
        "sequence": event.number,
        "data": {"object": thing},
    }
    return json.dumps(told, separators=(",", ":")).encode()
