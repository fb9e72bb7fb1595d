"""The chassis's tables, as payments has them."""

from django.db import models

from chassis import idempotency, inbox, keys, outbox


class OutboxEvent(outbox.OutboxEvent):
    pass


class Delivery(outbox.Delivery):
    event = models.ForeignKey(OutboxEvent, models.CASCADE)


class InboxEvent(inbox.InboxEvent):
    pass


class IdempotencyRecord(idempotency.IdempotencyRecord):
    pass


class KnownKeys(keys.KnownKeys):
    pass
