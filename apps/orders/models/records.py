"""What every service keeps: facts told and heard, answers given, keys seen."""

from django.db import models

from chassis import idempotency, inbox, keys, operations, outbox


class OutboxEvent(outbox.OutboxEvent):
    """The facts of orders."""


class Delivery(outbox.Delivery):
    event = models.ForeignKey(OutboxEvent, models.CASCADE)


class InboxEvent(inbox.InboxEvent):
    """What payments has told."""


class IdempotencyRecord(idempotency.IdempotencyRecord):
    """Answers kept for whoever repeats a command."""


class KnownKeys(keys.KnownKeys):
    """The public keys of users and payments."""


class Operation(operations.Operation):
    """Exports and imports."""


class OperationPart(operations.OperationPart):
    operation = models.ForeignKey(Operation, models.CASCADE, related_name="parts")
