"""Tokens that letters carry: each is good for one thing, once, for a while."""

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from apps.users.models.people import User
from apps.users.problems import OneTimeTokenInvalid
from chassis.signing import digest, new_secret


class Purpose(models.TextChoices):
    """What a token is good for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  a word, no password
    INVITATION = "invitation"

    @property
    def life(self) -> timedelta:
        return _LIVES[self]


_LIVES = {
    Purpose.VERIFY_EMAIL: timedelta(hours=24),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
    Purpose.INVITATION: timedelta(days=7),
}


class OneTimeTokenQuerySet(models.QuerySet["OneTimeToken"]):
    def live(self) -> Self:
        """Those that are still good for something."""
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def issue(self, user: User, purpose: Purpose) -> str:
        """A new token for somebody. It is kept as its digest only."""
        secret = new_secret()
        self.create(user=user, purpose=purpose, digest=digest(secret), expires_at=timezone.now() + purpose.life)
        return secret

    def find(self, secret: str, *purposes: Purpose) -> "OneTimeToken":
        """The token, if it is good for one of these. Raises OneTimeTokenInvalid."""
        token = self.live().select_related("user").filter(digest=digest(secret), purpose__in=purposes).first()
        if token is None:
            raise OneTimeTokenInvalid
        return token

    def void(self) -> int:
        """Make them good for nothing."""
        return self.filter(used_at=None).update(used_at=timezone.now())


class OneTimeToken(models.Model):
    """256 random bits that somebody got by letter, which proves that they read what is sent to their address."""

    KEPT: ClassVar[timedelta] = timedelta(days=1)

    user = models.ForeignKey(User, models.CASCADE, related_name="one_time_tokens")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    objects = OneTimeTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.purpose} {self.user_id}"

    def use(self) -> User:
        """Its owner, locked within the open transaction. Of several who show it at once one has them.

        Raises OneTimeTokenInvalid for the others, and where the account is closed.
        """
        owner = User.objects.select_for_update().get(pk=self.user_id)
        is_first = OneTimeToken.objects.live().filter(pk=self.pk).update(used_at=timezone.now())
        if not is_first or not owner.is_active:
            raise OneTimeTokenInvalid
        return owner
