"""Keys with which programs ask for their owner, without anybody signing in."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.users.models.people import User
from apps.users.models.scopes import opened_by
from chassis.api_keys import new_key
from chassis.identifiers import IdField
from chassis.problems import InvalidState
from chassis.signing import digest
from chassis.versions import Versioned

LIFE_DAYS = 90
LONGEST_LIFE_DAYS = 366
OVERLAP_SECONDS = 86_400
MOST = 20
NOTED_EVERY = timedelta(minutes=1)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> Self:
        """Those that are good for something."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def opened_with(self, key_digest: str) -> Self:
        """The one with this secret, or with this as its former one while both are good."""
        is_former = Q(former_digest=key_digest, former_until__gt=timezone.now())
        return self.filter(Q(digest=key_digest) | is_former)

    def long_unused(self) -> Self:
        return self.filter(Q(last_used_at=None) | Q(last_used_at__lt=timezone.now() - NOTED_EVERY))


class ApiKey(Versioned):
    """A key of somebody. What it opens is what it was made for, as far as its owner may still do that.

    Of its secrets only digests are kept: of the one that is good, and for a while of the one before.
    """

    id = IdField("key")
    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=11)
    digest = models.CharField(max_length=64, unique=True)
    former_digest = models.CharField(max_length=64, unique=True, null=True)
    former_until = models.DateTimeField(null=True)
    scopes = models.JSONField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.id

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def opens(self) -> frozenset[str]:
        return opened_by(self.user).intersection(self.scopes)

    def renew_secret(self) -> str:
        """Give it a secret, which is returned and kept nowhere."""
        key, self.prefix = new_key()
        self.digest = digest(key)
        return key

    def rotate(self, *, overlap_seconds: int) -> str:
        """A new secret; the present one stays good for a while. Raises InvalidState if it is good for nothing."""
        if not self.is_live:
            raise InvalidState("It has ended: make a new one", requested="rotate", allowed_actions=[])
        self.former_digest = self.digest
        self.former_until = timezone.now() + timedelta(seconds=overlap_seconds)
        key = self.renew_secret()
        self.save_change()
        return key
