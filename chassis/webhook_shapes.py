"""What admins send, and what they see, of webhook endpoints and what was sent to them."""

from datetime import UTC, datetime
from typing import Any

import django_filters as filters
from rest_framework import serializers

from chassis.fetching import LONGEST_URL, ForbiddenTarget
from chassis.filters import TextFilter
from chassis.projections import Projection, Row, milliseconds
from chassis.serializers import MilliTime, Strict, Text
from chassis.webhook_endpoints import require_receivable
from chassis.webhooks import DeliveryStatus, EndpointStatus, shown_status

PATTERN = r"(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)"
ENDPOINT_COLUMNS = (
    *("id", "url", "description", "events", "status", "failure_count", "failing_since", "previous_until"),
    *("created_at", "updated_at", "version"),
)
DELIVERY_COLUMNS = (
    *("id", "event_id", "event__type", "endpoint_id", "status", "failures", "last_failure"),
    *("due_at", "done_at", "leased_until", "created_at"),
)
_TIMES = {"failing_since", "previous_until", "created_at", "updated_at"}


def _endpoints(rows: list[Row]) -> list[Row]:
    return [
        {name: milliseconds(row[name]) if name in _TIMES else row[name] for name in ENDPOINT_COLUMNS} for row in rows
    ]


def _deliveries(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["id"],
            "event_id": row["event_id"],
            "type": row["event__type"],
            "endpoint_id": row["endpoint_id"],
            "status": shown_status(row["status"], row["done_at"], _in_utc(row["leased_until"])),
            "failures": row["failures"],
            "last_failure": row["last_failure"],
            "next_attempt_at": None if row["done_at"] else milliseconds(row["due_at"]),
            "created_at": milliseconds(row["created_at"]),
        }
        for row in rows
    ]


def _in_utc(moment: datetime | None) -> datetime | None:
    """As Django has it: a row's time without a zone is one in UTC."""
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


class ReceiverUrl(Text):
    """Where messages are sent: `https`, and where everybody on the internet could go."""

    described = {"format": "uri", "pattern": r"^https?://"}

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        try:
            require_receivable(url)
        except ForbiddenTarget as refusal:
            raise serializers.ValidationError(str(refusal), code="forbidden_target") from refusal
        return url


class EventPatterns(serializers.ListField):
    """What is told: event types, `order.*` for all that begin with `order.`, `*` for everything."""

    child = serializers.RegexField(rf"^{PATTERN}\Z", max_length=64)

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=1, max_length=50, **options)


class ChangeWebhookEndpoint(Strict):
    """A merge patch of what admins may change about an endpoint."""

    url = ReceiverUrl(max_length=LONGEST_URL, required=False)
    description = Text(max_length=200, allow_blank=True, required=False)
    events = EventPatterns(required=False)


class NewWebhookEndpoint(ChangeWebhookEndpoint):
    """Where another system listens, and for what."""

    url = ReceiverUrl(max_length=LONGEST_URL)
    description = Text(max_length=200, allow_blank=True, default="")
    events = EventPatterns()


class ShownWebhookEndpoint(serializers.Serializer):  # type: ignore[type-arg]
    """Where another system listens. Its secret is shown once, when it is made."""

    projection = Projection(ENDPOINT_COLUMNS, _endpoints)
    id = serializers.CharField()
    url = serializers.CharField()
    description = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(EndpointStatus.choices)
    failure_count = serializers.IntegerField()
    failing_since = MilliTime(allow_null=True)
    previous_until = MilliTime(allow_null=True, help_text="Until when messages are signed with the secret before, too")
    created_at = MilliTime()
    updated_at = MilliTime()
    version = serializers.IntegerField()


class WebhookEndpointWithSecret(ShownWebhookEndpoint):
    """An endpoint as its making, and the rotation of its secret, are answered: the secret, whole, this once."""

    # The endpoint has it sealed; whoever has just made it adds it.
    secret = serializers.CharField(source="shown_once", required=False)


class ShownWebhookDelivery(serializers.Serializer):  # type: ignore[type-arg]
    """One event on its way to one endpoint. `next_attempt_at` is null when no other is to come."""

    projection = Projection(DELIVERY_COLUMNS, _deliveries)
    id = serializers.CharField()
    event_id = serializers.CharField()
    type = serializers.CharField(source="event.type")
    endpoint_id = serializers.CharField()
    status = serializers.ChoiceField(DeliveryStatus.choices, source="shown_status")
    failures = serializers.IntegerField()
    last_failure = serializers.CharField()
    next_attempt_at = serializers.SerializerMethodField()
    created_at = MilliTime()

    def get_next_attempt_at(self, delivery: Any) -> str | None:
        return None if delivery.done_at else milliseconds(delivery.due_at)


class ShownWebhookAttempt(serializers.Serializer):  # type: ignore[type-arg]
    """One sending. `status_code` is null where nobody answered, and `error` says why."""

    at = MilliTime()
    status_code = serializers.IntegerField(allow_null=True)
    duration_ms = serializers.IntegerField()
    error = serializers.CharField()
    response_excerpt = serializers.CharField()


class WebhookDeliveryWithAttempts(ShownWebhookDelivery):
    """A delivery, and each time that it was sent."""

    attempts = serializers.SerializerMethodField()

    def get_attempts(self, delivery: Any) -> Any:
        return ShownWebhookAttempt(delivery.attempts.order_by("id"), many=True).data


class DeliveryFilters(filters.FilterSet):  # type: ignore[misc]  # it has no types
    status = filters.ChoiceFilter(label="How far it is", choices=DeliveryStatus.choices, method="by_status")
    type = TextFilter("The type of the event", max_length=64, field_name="event__type")

    def by_status(self, deliveries: Any, name: str, value: str) -> Any:
        return deliveries.with_status(value)
