"""What every service keeps: facts told and heard, answers given, keys seen, acts, revocations, webhooks."""

from django.db import models

from chassis import audits, idempotency, inbox, keys, outbox, revocations, subjects, webhooks


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


class WebhookEndpoint(webhooks.WebhookEndpoint):
    """Whoever else is told of payments."""


class WebhookDelivery(webhooks.WebhookDelivery):
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(OutboxEvent, models.CASCADE)


class WebhookAttempt(webhooks.WebhookAttempt):
    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts")


class Erasure(subjects.Erasure):
    """Who was erased, and is."""
