"""What every service keeps: facts told and heard, answers given and got, keys seen, acts, letters, webhooks."""

from django.db import models

from chassis import (
    audits,
    idempotency,
    inbox,
    keys,
    known_answers,
    mails,
    operations,
    outbox,
    revocations,
    subjects,
    webhooks,
)


class OutboxEvent(outbox.OutboxEvent):
    """The facts of orders."""


class Delivery(outbox.Delivery):
    event = models.ForeignKey(OutboxEvent, models.CASCADE)


class InboxEvent(inbox.InboxEvent):
    """What users and payments have told."""


class IdempotencyRecord(idempotency.IdempotencyRecord):
    """Answers kept for whoever repeats a command."""


class KnownKeys(keys.KnownKeys):
    """The public keys of users and payments."""


class Revocation(revocations.Revocation):
    """What users has revoked."""


class KnownAnswer(known_answers.KnownAnswer):
    """What users answered about customers."""


class AuditEvent(audits.AuditEvent):
    """What was done to the catalogue, the stock and orders."""


class Mail(mails.Mail):
    """Letters to whoever orders."""


class Operation(operations.Operation):
    """Exports and imports."""


class OperationPart(operations.OperationPart):
    operation = models.ForeignKey(Operation, models.CASCADE, related_name="parts")


class WebhookEndpoint(webhooks.WebhookEndpoint):
    """Whoever else is told of orders and products."""


class WebhookDelivery(webhooks.WebhookDelivery):
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(OutboxEvent, models.CASCADE)


class WebhookAttempt(webhooks.WebhookAttempt):
    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts")


class Erasure(subjects.Erasure):
    """Who was erased, and is."""
