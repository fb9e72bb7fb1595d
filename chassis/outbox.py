"""Facts that a service tells others: written with the change they tell of, delivered at least once, in order.

The envelope is a CloudEvent 1.0 in structured mode. A stream is one aggregate's life (its id), and order holds within
it. Each subscriber has a delivery row of its own, so a subscriber that is down delays no other.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, ClassVar

from django.apps import apps
from django.db import connections, models
from django.db.models import QuerySet
from django.utils import timezone

from chassis import context, kills, traces
from chassis.audits import MASK, PERSONAL
from chassis.calls import CallFailed, Neighbour
from chassis.identifiers import IdField
from chassis.leases import Streamed
from chassis.statements import insert
from chassis.tokens import issuer_of
from chassis.wakes import wake_on_commit

SCOPE = "announcements:write"
# Members of facts that hold what people write.
WRITTEN = PERSONAL | {"reason", "note", "tracking_number", "tracking_url"}


@dataclass(frozen=True)
class Event:
    """A fact in the past tense. Subclasses name `service`, `type`, `subscribers`, and which member is the `subject`.

    One that `begins` its stream tells that the subject was made, so nothing was told of it before.
    """

    service: ClassVar[str]
    type: ClassVar[str]
    subject: ClassVar[str]
    subscribers: ClassVar[tuple[str, ...]] = ()
    begins: ClassVar[bool] = False

    @property
    def stream(self) -> str:
        return str(getattr(self, self.subject))


class OutboxEvent(models.Model):
    """A fact, kept with the change that made it true. `told_at` is when webhook endpoints were, if there were any."""

    id = IdField("evt")
    stream = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    type = models.CharField(max_length=64)
    data = models.JSONField()
    request_id = models.CharField(max_length=64, blank=True)
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")
    occurred_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
        constraints = (models.UniqueConstraint("stream", "number", name="%(app_label)s_outbox_stream"),)
        indexes = (
            models.Index(fields=("occurred_at",), condition=models.Q(told_at=None), name="%(app_label)s_untold"),
        )

    def envelope(self, service: str) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": issuer_of(service),
            "type": self.type,
            "subject": self.stream,
            "sequence": str(self.number),
            "time": self.occurred_at.isoformat(),
            "datacontenttype": "application/json",
            "requestid": self.request_id,
            **({"traceparent": self.traceparent} if self.traceparent else {}),
            "data": self.data,
        }


class Delivery(Streamed):
    """One event on its way to one subscriber. The concrete model adds `event`, the key to its own OutboxEvent."""

    lane: ClassVar[str] = "subscriber"
    subscriber = models.CharField(max_length=20)

    class Meta:
        abstract = True
        indexes = (
            models.Index(
                fields=("subscriber", "stream", "number"),
                condition=models.Q(done_at=None),
                name="%(app_label)s_delivery_waiting",
            ),
            models.Index(fields=("due_at",), condition=models.Q(done_at=None), name="%(app_label)s_delivery_due"),
        )


def kinds_of_events(service: str) -> list[type[Event]]:
    """Every kind of fact that a service announces: those of its module `events`, and the end of its long work."""
    config: Any = apps.get_app_config(service)
    found = [each for each in vars(import_module(f"{config.name}.events")).values() if isinstance(each, type)]
    own = [each for each in found if issubclass(each, Event) and "type" in vars(each)]
    if "operation" in config.models:
        from chassis.operations import OperationFinished

        own.append(OperationFinished)
    return own


def announce(event: Event) -> None:
    """Write the event and its deliveries into the open transaction of its service; workers do the rest.

    Raises RuntimeError outside a transaction, because then the fact could be told without being true.
    """
    if not connections[event.service].in_atomic_block:
        raise RuntimeError(f"{event.type} is announced outside the transaction of its change")
    outbox, here = apps.get_model(event.service, "OutboxEvent"), context.current()
    row = outbox(
        stream=event.stream,
        number=1 if event.begins else outbox.objects.filter(stream=event.stream).count() + 1,
        type=event.type,
        data=asdict(event),
        request_id=here.request_id,
        traceparent=here.trace.traceparent if here.trace else "",
    )
    insert(row)
    if event.subscribers:
        _address(row, event)
    wake_on_commit(event.service)


def _address(row: Any, event: Event) -> None:
    delivery = apps.get_model(event.service, "Delivery")
    same = {"event": row, "stream": row.stream, "number": row.number}
    delivery.objects.bulk_create([delivery(subscriber=name, **same) for name in event.subscribers])


def mask_words(service: str, streams: Iterable[QuerySet[Any]]) -> None:
    """Mask what people wrote in the facts of these streams, within the open transaction; ids and amounts stay."""
    outbox = apps.get_model(service, "OutboxEvent")
    for ids in streams:
        for event in outbox.objects.filter(stream__in=ids):
            data = {name: MASK if name in WRITTEN and value else value for name, value in event.data.items()}
            if data != event.data:
                outbox.objects.filter(pk=event.pk).update(data=data)


def waiting(service: str) -> Any:
    """The deliveries of a service's announcements that are still to be made, whether due or not."""
    return apps.get_model(service, "Delivery").objects.waiting()


def relay(service: str, worker: str) -> int:
    """Deliver what is due, the first of each stream; returns how many were taken."""
    taken = apps.get_model(service, "Delivery").objects.select_related("event").lease_heads(worker)
    for delivery in taken:
        event, subscriber = delivery.event, delivery.subscriber
        with (
            context.entered(context.for_work(event.request_id, service=service, traceparent=event.traceparent)),
            traces.working("producer", f"relay {event.type}", service=service, subscriber=subscriber, event=event.id),
            kills.running("relay", event.type),
        ):
            _deliver(service, delivery)
    return len(taken)


def _deliver(service: str, delivery: Any) -> None:
    neighbour = Neighbour(service, delivery.subscriber, SCOPE)
    path = f"/internal/{delivery.subscriber}/v1/announcements"
    event = delivery.event
    try:
        neighbour.post(
            path, event.envelope(service), idempotency_key=event.id, content_type="application/cloudevents+json"
        )
    except CallFailed as failure:
        delivery.try_later(str(failure))
    else:
        delivery.finish()
