"""What every service keeps: facts told and heard, answers given, keys seen, acts, letters, revocations, webhooks."""

from django.db import models

from chassis import audits, idempotency, inbox, keys, mails, operations, outbox, revocations, webhooks


class OutboxEvent(outbox.OutboxEvent):
    """What users has announced."""


class Delivery(outbox.Delivery):
    """An announcement of users on its way."""

    event = models.ForeignKey(OutboxEvent, models.CASCADE)


class InboxEvent(inbox.InboxEvent):
    """What users was told."""


class IdempotencyRecord(idempotency.IdempotencyRecord):
    """A command to users, and its answer."""


class KnownKeys(keys.KnownKeys):
    """The key sets that users has seen."""


class Revocation(revocations.Revocation):
    """Whose tokens are believed no longer."""


class AuditEvent(audits.AuditEvent):
    """What was done to accounts and keys."""


class Mail(mails.Mail):
    """Letters to people about their accounts."""


class WebhookEndpoint(webhooks.WebhookEndpoint):
    """Whoever else is told of people."""


class WebhookDelivery(webhooks.WebhookDelivery):
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(OutboxEvent, models.CASCADE)


class WebhookAttempt(webhooks.WebhookAttempt):
    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts")


class Operation(operations.Operation):
    """Exports of what is kept of somebody, and erasures."""


class OperationPart(operations.OperationPart):
    operation = models.ForeignKey(Operation, models.CASCADE, related_name="parts")
