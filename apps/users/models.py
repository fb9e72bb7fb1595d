"""What users knows: people, their roles, where they are signed in."""

import unicodedata
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Cast
from django.utils import timezone

from chassis import idempotency, inbox, keys, outbox
from chassis.callers import Caller
from chassis.identifiers import IdField
from chassis.problems import InvalidToken, TokenExpired, VersionMismatch
from chassis.signing import digest, new_secret
from chassis.versions import Versioned

REFRESH_TOKEN_LIFE = timedelta(days=30)
TABS_GRACE = timedelta(seconds=10)


class Role(models.TextChoices):
    """What somebody is to the shop. A role knows the scopes it opens; services check scopes, never roles."""

    CUSTOMER = "customer"
    SUPPORT = "support"
    FULFILMENT = "fulfilment"
    FINANCE = "finance"
    CATALOG = "catalog"
    AUDITOR = "auditor"
    ADMIN = "admin"

    @property
    def scopes(self) -> frozenset[str]:
        if self is Role.ADMIN:
            return frozenset().union(*_SCOPES.values(), {"users:write", "users:admin"})
        return _SCOPES[self]


_SCOPES: dict[Role, frozenset[str]] = {
    Role.CUSTOMER: frozenset(),
    Role.SUPPORT: frozenset({"orders:read", "orders:cancel", "payments:read", "users:read", "stock:read"}),
    Role.FULFILMENT: frozenset({"orders:read", "orders:fulfil", "stock:read", "stock:write"}),
    Role.FINANCE: frozenset({"orders:read", "refunds:create", "payments:read", "payments:write"}),
    Role.CATALOG: frozenset({"products:write", "stock:read", "stock:write"}),
    Role.AUDITOR: frozenset({"orders:read", "payments:read", "users:read", "stock:read"}),
}


def normal_email(email: str) -> str:
    """The one way an address is stored and compared: NFKC, case-folded, trimmed. What follows a plus stays."""
    return unicodedata.normalize("NFKC", email).casefold().strip()


def default_roles() -> list[str]:
    return [Role.CUSTOMER.value]


class UserQuerySet(models.QuerySet["User"]):
    def with_email(self, email: str) -> Self:
        return self.filter(email=normal_email(email))

    def holding(self, role: str) -> Self:
        """Those who have the role, perhaps among others."""
        # SQLite cannot look into JSON lists; every database can read them as text.
        return self.alias(roles_text=Cast("roles", models.TextField())).filter(roles_text__contains=f'"{role}"')

    def visible_to(self, caller: Caller) -> Self:
        """Oneself; everybody for staff who may read users."""
        return self if caller.may("users:read") else self.filter(pk=caller.id)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # Django makes this class as it runs
    def create_user(self, email: str, password: str, full_name: str, roles: list[str] | None = None) -> "User":
        """An account as it is given: whoever calls this has checked address and password."""
        user = self.model(email=normal_email(email), full_name=full_name, roles=roles or default_roles())
        user.set_password(password)
        user.save(using=self._db, force_insert=True)
        return user

    def create_superuser(self, email: str, password: str, full_name: str) -> "User":
        """An admin; `manage.py createsuperuser` calls this."""
        return self.create_user(email, password, full_name, roles=[Role.ADMIN.value])

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=normal_email(email or ""))


class User(AbstractBaseUser, Versioned):
    """A person with an account."""

    id = IdField("usr")
    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=200)
    roles = models.JSONField(default=default_roles)
    email_verified_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    last_login = None  # each SignIn has its own time

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    def __str__(self) -> str:
        return self.id

    @property
    def is_staff(self) -> bool:
        """Whether this is somebody of the shop: anyone with a role besides customer."""
        return any(role != Role.CUSTOMER for role in self.roles)

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def scope(self) -> str:
        """All that the roles open, as a token says it (RFC 6749, section 3.3)."""
        return " ".join(sorted(frozenset().union(*(Role(role).scopes for role in self.roles))))

    def change(self, **wanted: Any) -> bool:
        """Save what differs and count the version up; returns whether anything did.

        Raises VersionMismatch if somebody else has changed the account since it was read.
        """
        if all(getattr(self, name) == value for name, value in wanted.items()):
            return False
        changes = {**wanted, "version": self.version + 1, "updated_at": timezone.now()}
        if not User.objects.filter(pk=self.pk, version=self.version).update(**changes):
            raise VersionMismatch("Read it again and repeat your change")
        for name, value in changes.items():
            setattr(self, name, value)
        return True


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
        if self.ended_at or not self.user.is_active:
            raise InvalidToken("The sign-in has ended")


class RefreshTokenQuerySet(models.QuerySet["RefreshToken"]):
    def find(self, refresh_token: str) -> "RefreshToken":
        """The row of a token that was once issued; raises InvalidToken for any other text."""
        token = self.select_related("sign_in__user").filter(digest=digest(refresh_token)).first()
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
