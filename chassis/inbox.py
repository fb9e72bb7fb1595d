"""What other services have announced: stored once however often it comes, then reacted to, in order within a stream."""

import logging
from typing import Any

from django.apps import apps
from django.db import models, transaction

from chassis import context, kills, traces
from chassis.announcements import Announcement, Reaction
from chassis.leases import Streamed
from chassis.problems import ServicePaused
from chassis.statements import insert_new
from chassis.wakes import wake, waking

logger = logging.getLogger("tearline")


class InboxEvent(Streamed):
    """An announcement received, and whether it was reacted to."""

    id = models.CharField(max_length=64, primary_key=True)
    source = models.CharField(max_length=200)
    type = models.CharField(max_length=64)
    data = models.JSONField()
    request_id = models.CharField(max_length=64, blank=True)
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        indexes = (
            models.Index(
                fields=("stream", "number"), condition=models.Q(done_at=None), name="%(app_label)s_inbox_waiting"
            ),
            models.Index(fields=("due_at",), condition=models.Q(done_at=None), name="%(app_label)s_inbox_due"),
        )

    def announcement(self) -> Announcement:
        return Announcement(self.id, self.type, self.stream, self.data)


def receive(service: str, event: dict[str, Any]) -> None:
    """Store an announcement; one that is there already changes nothing. One statement, because there are many."""
    row = apps.get_model(service, "InboxEvent")(
        id=event["id"],
        source=event["source"],
        type=event["type"],
        stream=event["subject"],
        number=int(event["sequence"]),
        data=event["data"],
        request_id=event.get("requestid", ""),
        traceparent=event.get("traceparent", ""),
    )
    if insert_new(row, returning=waking(service)):
        wake()


def waiting(service: str) -> Any:
    """What a service was told and has not reacted to yet."""
    return apps.get_model(service, "InboxEvent").objects.waiting()


def react(service: str, reactions: dict[str, Reaction], worker: str) -> int:
    """React to what is due, the first of each stream; returns how many were taken."""
    taken = apps.get_model(service, "InboxEvent").objects.lease_heads(worker)
    for row in taken:
        with (
            context.entered(context.for_work(row.request_id, service=service, traceparent=row.traceparent)),
            traces.working("consumer", f"react {row.type}", service=service, event=row.pk),
            kills.running("react", row.type),
        ):
            _react_to(service, reactions, row)
    return len(taken)


def _react_to(service: str, reactions: dict[str, Reaction], row: Any) -> None:
    """The reaction and the mark that it was done are one transaction; a type that nobody reacts to is done at once."""
    try:
        with transaction.atomic(using=service):
            if row.type in reactions:
                reactions[row.type](row.announcement())
            row.finish()
        logger.info("reacted to %s %s", row.type, row.pk)
    except ServicePaused:
        raise
    except Exception as exc:
        logger.exception("reaction to %s %s failed", row.type, row.pk)
        row.try_later(repr(exc))
