"""Where people are signed in, and what keeps them so."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from apps.users.models.people import User
from chassis.identifiers import IdField
from chassis.problems import InvalidToken, TokenExpired
from chassis.signing import digest, new_secret

REFRESH_TOKEN_LIFE = timedelta(days=30)
TABS_GRACE = timedelta(seconds=10)


class Client(models.TextChoices):
    """Through what somebody signed in; it is the `client_id` of their tokens."""

    PASSWORD = "password"  # noqa: S105  a word, no password
    BROWSER = "browser"


class SignInQuerySet(models.QuerySet["SignIn"]):
    def opened_with(self, refresh_token: str) -> Self:
        return self.filter(tokens__digest=digest(refresh_token))

    def end(self) -> int:
        """End those that are still open: none of their refresh tokens is good for anything any more."""
        return self.filter(ended_at=None).update(ended_at=timezone.now())


class SignIn(models.Model):
    """One time that somebody signed in, and the family of refresh tokens that keeps it alive."""

    id = IdField("sgn")
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    client = models.CharField(max_length=20, choices=Client.choices)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = SignInQuerySet.as_manager()

    def __str__(self) -> str:
        return self.id

    def issue(self) -> str:
        """A new refresh token of this family. It is kept as its digest only."""
        secret, now = new_secret(), timezone.now()
        self.tokens.create(digest=digest(secret), issued_at=now, expires_at=now + REFRESH_TOKEN_LIFE)
        return secret

    def forgives(self, used_at: datetime) -> bool:
        """Whether a token used at that time may be shown again: a browser's tabs share one, and renew together."""
        return self.client == Client.BROWSER and timezone.now() - used_at <= TABS_GRACE

    def require_open(self) -> None:
        """Raise InvalidToken if it was ended, or its account closed."""
        self.refresh_from_db(fields=["ended_at"])  # it may have ended while we waited for the user's row
        if self.ended_at or not self.user.is_active:
            raise InvalidToken("The sign-in has ended")


class RefreshTokenQuerySet(models.QuerySet["RefreshToken"]):
    def find(self, refresh_token: str) -> "RefreshToken":
        """The row of a token that was once issued, its user locked; raises InvalidToken for any other text.

        Locked, because what the next tokens say must be what is true when they are signed.
        """
        known = self.select_related("sign_in__user").select_for_update(of=("sign_in__user",))
        token = known.filter(digest=digest(refresh_token)).first()
        if token is None:
            raise InvalidToken("It is no refresh token of ours")
        return token


class RefreshToken(models.Model):
    """What continues a sign-in, once: each use gives the next one."""

    sign_in = models.ForeignKey(SignIn, models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = RefreshTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.sign_in_id} {self.issued_at}"

    def use(self) -> bool:
        """Whether the bearer may have the next one: the first to ask alone, and what its sign-in forgives."""
        if RefreshToken.objects.filter(pk=self.pk, used_at=None).update(used_at=timezone.now()):
            return True
        self.refresh_from_db(fields=["used_at"])
        return self.used_at is not None and self.sign_in.forgives(self.used_at)

    def require_fresh(self) -> None:
        if self.expires_at <= timezone.now():
            raise TokenExpired("Sign in again")
