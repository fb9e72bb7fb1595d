"""What payments and refunds have in common: they go from status to status, and workers see to it that they end."""

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from chassis.leases import Leased, LeasedQuerySet
from chassis.problems import InvalidState

# Payers take their time, and lost answers are rare: asking more often would only be a load on the provider.
POLL_AFTER = timedelta(seconds=3 * settings.LEASE_SECONDS)
# Providers forget keys a day after they first came. What comes under a forgotten key is done again.
KEYS_LAST = timedelta(hours=23)


class LifecycleQuerySet(LeasedQuerySet):
    def locked(self) -> Self:
        """As the transaction will find them until it ends: whoever else wants to change them waits."""
        return self.select_for_update(of=("self",))


class Lifecycle(Leased):
    """Something with a status, of which `NEXT` says every way from each; work for the workers until one of `ENDS`.

    A provider may still say that what has ended went otherwise; nobody waits for that.
    """

    NEXT: ClassVar[dict[str, frozenset[str]]]
    ENDS: ClassVar[frozenset[str]]
    ACTIONS: ClassVar[dict[str, tuple[str, ...]]] = {}

    status = models.CharField(max_length=30)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    succeeded_at = models.DateTimeField(null=True)
    outcome_unknown = models.BooleanField(default=False)
    asked_at = models.DateTimeField(default=timezone.now)
    key_number = models.PositiveIntegerField(default=1)

    objects: ClassVar[Any] = LifecycleQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def has_ended(self) -> bool:
        return self.status in self.ENDS

    @property
    def create_key(self) -> str:
        """The key with which the provider is asked to make it; the same until it may be forgotten there."""
        return f"{self.pk}:create:{self.key_number}"

    @property
    def key_may_be_forgotten(self) -> bool:
        """Whether the provider may no longer know that it was asked with this key."""
        return timezone.now() - self.asked_at > KEYS_LAST

    @property
    def allowed_actions(self) -> tuple[str, ...]:
        return self.ACTIONS.get(self.status, ())

    def require(self, action: str) -> None:
        """Raise InvalidState (409) unless the status allows `action`."""
        if action not in self.allowed_actions:
            raise self.refusal(action)

    def become(self, status: str) -> None:
        """Go on to `status`; raises InvalidState (409) where no way leads there."""
        if status not in self.NEXT[self.status]:
            raise self.refusal(status)
        self.status = status
        if status == "succeeded":
            self.succeeded_at = timezone.now()
        self.due_at, self.done_at = timezone.now() + POLL_AFTER, timezone.now() if self.has_ended else None
        self.leased_until, self.leased_by = None, ""

    def refusal(self, requested: str) -> InvalidState:
        """The problem (409) that says what is not allowed now, and what is."""
        return InvalidState(
            f"It is {self.status}, which does not allow: {requested}",
            current_status=str(self.status),
            requested=requested,
            allowed_actions=list(self.allowed_actions),
        )

    def change(self) -> None:
        """Save as a new version."""
        self.version += 1
        self.save()

    def take_new_key(self) -> None:
        """Ask under another key from now on, because the provider was seen to have nothing under the old one."""
        change = {"key_number": F("key_number") + 1, "asked_at": timezone.now()}
        type(self).objects.filter(pk=self.pk, key_number=self.key_number).update(**change)
        self.refresh_from_db()

    def doubt(self) -> None:
        """Note that the provider may have done what it was asked, without having said so."""
        # In one statement, because no transaction is open here and somebody may just have learned the outcome.
        change = {"outcome_unknown": True, "version": F("version") + 1, "updated_at": timezone.now()}
        type(self).objects.waiting().filter(pk=self.pk, outcome_unknown=False).update(**change)

    def look_again(self) -> None:
        """Leave it to the workers, who will ask after it in a few minutes if it has not ended by then."""
        # Not by saving this row: it may have moved on since the worker read it.
        change = {"due_at": timezone.now() + POLL_AFTER, "leased_until": None, "leased_by": ""}
        type(self).objects.waiting().filter(pk=self.pk).update(**change)
