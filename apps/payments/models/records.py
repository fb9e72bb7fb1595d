"""What every service keeps: facts told and heard, answers given, keys seen, acts, revocations."""

from django.db import models

from chassis import audits, idempotency, inbox, keys, outbox, revocations, subjects


class OutboxEvent(outbox.OutboxEvent):
    """The facts of payments."""


class Delivery(outbox.Delivery):
    event = models.ForeignKey(OutboxEvent, models.CASCADE)


class InboxEvent(inbox.InboxEvent):
    """What users has told."""


class IdempotencyRecord(idempotency.IdempotencyRecord):
    """Answers kept for whoever repeats a command."""


class KnownKeys(keys.KnownKeys):
    """The public keys of users and orders."""


class Revocation(revocations.Revocation):
    """What users has revoked."""


class AuditEvent(audits.AuditEvent):
    """What was done to payments and refunds."""


class Erasure(subjects.Erasure):
    """Who was erased, and is."""
