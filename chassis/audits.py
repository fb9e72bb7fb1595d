"""Who did what, on whose behalf, and what that changed: written with the change, and never changed itself."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.utils import timezone

from chassis import context
from chassis.identifiers import IdField

# What is personal is told to have changed, and not from what to what.
PERSONAL = {
    *("email", "full_name", "password", "shipping_address", "customer_note"),
    *("recipient", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone"),
}
MASK = "…"

Change = tuple[Any, Any]


class AuditEvent(models.Model):
    """One act. `actor` is a caller's id, or the service itself where its workers act; `changes` are [before, after]."""

    id = IdField("aud")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.CharField(max_length=64)
    on_behalf_of = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, db_index=True)
    changes = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True


def record(service: str, action: str, subject: str, **changes: Change) -> None:
    """Write it into the open transaction of the change. `action` is in dotted past tense: `product.archived`.

    Each change is what was there before, and what is there now. Raises RuntimeError outside a transaction, because then
    it could be told without being true.
    """
    if not connections[service].in_atomic_block:
        raise RuntimeError(f"{action} is recorded outside the transaction of its change")
    now = context.current()
    model(service).objects.create(
        actor=now.actor or f"service:{service}",
        on_behalf_of=now.on_behalf_of,
        action=action,
        subject=subject,
        changes=masked(changes),
        request_id=now.request_id,
    )


def model(service: str) -> Any:
    """The concrete one of a service."""
    return apps.get_model(service, "AuditEvent")


def masked(changes: Mapping[str, Change]) -> dict[str, list[Any]]:
    """The changes as they are kept."""
    return {name: [MASK, MASK] if name in PERSONAL else [*change] for name, change in changes.items()}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Change]:
    """What differs between two states of a thing, member by member."""
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
