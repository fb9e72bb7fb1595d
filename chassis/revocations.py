"""Whose tokens are believed no longer, although they have not expired (DESIGN: revocations are told, not looked up).

Users tells it when somebody is deactivated, changes their password or signs out everywhere; when a program of an
integrator or an API key is closed; when what a person allowed a program has ended. Every service keeps what it heard
until the last of the tokens in question has expired, and each process looks at that once a second.
"""

import math
import time
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from chassis.announcements import Announcement, Reaction
from chassis.callers import Caller
from chassis.problems import InvalidToken

LOOK_SECONDS = 1.0
KEPT = timedelta(hours=2)


class Revocation(models.Model):
    """No token of `subject` that was issued before `not_before` (seconds since 1970, as `iat`) is believed.

    A subject is a person, a program, an API key, an authorization (`aut_…`), or one token by its `jti`.
    """

    subject = models.CharField(max_length=64, primary_key=True)
    not_before = models.BigIntegerField()
    forgotten_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True


def next_second() -> int:
    """From when on tokens of somebody are believed again: it is later than the `iat` of every one that there is."""
    return math.floor(time.time()) + 1


def revoke(service: str, subject: str, not_before: int) -> None:
    """Keep it, within the open transaction; what was kept of the same subject and reaches further stays."""
    known = _model(service).objects.select_for_update().filter(pk=subject).first()
    reaches = max(not_before, known.not_before if known else 0)
    kept = {"not_before": reaches, "forgotten_at": timezone.now() + KEPT}
    _model(service).objects.update_or_create(subject=subject, defaults=kept)
    transaction.on_commit(_watch(service).look_again, using=service)


def believed_from(service: str, subject: str) -> int:
    """What the `iat` of a new token of `subject` must not be before; 0 where nothing was revoked."""
    known = _model(service).objects.filter(pk=subject).values_list("not_before", flat=True).first()
    return known or 0


def heed(service: str) -> Reaction:
    """What a service does when it hears that the tokens of an announcement's subject are good for nothing."""

    def keep(announcement: Announcement) -> None:
        revoke(service, announcement.subject, int(announcement.data["not_before"]))

    return keep


def refuse_revoked(service: str, caller: Caller) -> None:
    """Raise InvalidToken (401) if the token behind `caller` was issued before it, or all of its kind, were revoked."""
    if is_revoked(service, caller):
        raise InvalidToken("It was revoked: sign in again")


def is_revoked(service: str, caller: Caller) -> bool:
    """Whether anything was revoked that stands behind the token: person, program or key, authorization, itself."""
    subjects = (caller.id, caller.client_id, caller.authorization_id, caller.token_id)
    return caller.issued_at < _watch(service).not_before(*subjects)


def forget(service: str) -> int:
    """Delete what no token could meet any more."""
    _model(service).objects.filter(forgotten_at__lt=timezone.now()).delete()
    return 0


class Watch:
    """What one process knows of the revocations that its service keeps, a second old at most."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._known: dict[str, int] = {}
        self._looked_at = -math.inf

    def not_before(self, *subjects: str) -> int:
        """The latest of what was revoked of these; 0 where nothing was."""
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._look()
        return max(self._known.get(subject, 0) for subject in subjects)

    def look_again(self) -> None:
        """Do not wait for the second to be over."""
        self._looked_at = -math.inf

    def _look(self) -> None:
        looked_at = time.monotonic()
        rows = _model(self._service).objects.filter(forgotten_at__gte=timezone.now())
        self._known = dict(rows.values_list("subject", "not_before"))
        self._looked_at = looked_at


@lru_cache
def _watch(service: str) -> Watch:
    return Watch(service)


def _model(service: str) -> Any:
    return apps.get_model(service, "Revocation")
