"""What a service tells about somebody, and how it erases them: for users, where people ask for it.

The first time that it is told to erase somebody, a service believes none of their tokens any more (`closing`). What
had passed that door before is given time to end. Only then is it looked at once more what stands in the way
(`blocked`), and erased (`completed`, or `retained` until a day), so that nothing comes after it. The same key erases
once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.transaction import atomic
from django.utils import timezone

from chassis.audits import record
from chassis.projections import milliseconds
from chassis.revocations import next_second, revoke

SCOPE = "subjects:write"
ITEMS_A_PART = 100


class Erasure(models.Model):
    """The command to erase somebody, and how far it is."""

    key = models.CharField(max_length=64, primary_key=True)
    subject = models.CharField(max_length=64, db_index=True)
    closed_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True)
    retained_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True


@dataclass(frozen=True)
class Part:
    """Some of what a service keeps of somebody; `next` is what the following part comes after, None at the end."""

    data: list[dict[str, Any]]
    next: str | None


@dataclass(frozen=True)
class Outcome:
    """How far it is. `reason` says what blocks it, `seconds` when to ask again while it is closing."""

    status: str
    reason: str = ""
    retained_until: datetime | None = None
    seconds: int = 0


@dataclass(frozen=True)
class Keeper:
    """What a service knows to do about somebody: to tell a part, to say what is in the way, to erase.

    `forget` returns until when something has to be kept all the same, None where nothing has.
    """

    tell: Callable[[str, str], Part]
    obstacle: Callable[[str], str]
    forget: Callable[[str], datetime | None]


def erase(service: str, keeper: Keeper, subject: str, *, key: str) -> Outcome:
    """Go on with it as far as is possible now; to be asked again until it is `completed`, `retained` or `blocked`."""
    with atomic(using=service):
        known = apps.get_model(service, "Erasure").objects.select_for_update()
        erasure, is_new = known.get_or_create(pk=key, defaults={"subject": subject})
        if erasure.erased_at:
            return _ended(erasure)
        if reason := keeper.obstacle(subject):
            erasure.delete()
            return Outcome("blocked", reason)
        if is_new:
            revoke(service, subject, next_second())
        left = erasure.closed_at + timedelta(seconds=settings.ERASURE_SETTLE_SECONDS) - timezone.now()
        if left > timedelta(0):
            return Outcome("closing", seconds=int(left.total_seconds()) + 1)
        erasure.retained_until, erasure.erased_at = keeper.forget(subject), timezone.now()
        erasure.save()
        record(service, "subject.erased", subject)
    return _ended(erasure)


def written(thing: Any, names: Iterable[str]) -> dict[str, Any]:
    """These members of a row, as a part tells them."""
    values = {name: getattr(thing, name) for name in names}
    return {name: milliseconds(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _ended(erasure: Erasure) -> Outcome:
    return Outcome("retained" if erasure.retained_until else "completed", retained_until=erasure.retained_until)
