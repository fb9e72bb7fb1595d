"""People and their roles."""

import unicodedata
from collections.abc import Iterable
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Cast
from django.utils import timezone

from chassis.callers import Caller
from chassis.identifiers import IdField
from chassis.problems import InvalidState, VersionMismatch
from chassis.versions import Versioned


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
            return frozenset().union(*_SCOPES.values(), _ADMINS_ALONE)
        return _SCOPES[self]


_ADMINS_ALONE = {"users:write", "users:admin", "webhooks:admin", "announcements:admin"}
_SCOPES: dict[Role, frozenset[str]] = {
    Role.CUSTOMER: frozenset(),
    Role.SUPPORT: frozenset({"orders:read", "orders:cancel", "payments:read", "users:read", "stock:read"}),
    Role.FULFILMENT: frozenset({"orders:read", "orders:fulfil", "stock:read", "stock:write"}),
    Role.FINANCE: frozenset({"orders:read", "refunds:create", "payments:read", "payments:write", "pii:read"}),
    Role.CATALOG: frozenset({"products:write", "stock:read", "stock:write"}),
    Role.AUDITOR: frozenset({"orders:read", "payments:read", "users:read", "stock:read", "audit:read"}),
}


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """All that these roles open together."""
    return frozenset().union(*(Role(role).scopes for role in roles))


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

    def governing(self) -> Self:
        """Those who may do everything."""
        return self.holding(Role.ADMIN).filter(is_active=True)

    def living(self) -> Self:
        """Those who were not erased: of the others there is a tombstone, so that what names them is not lost."""
        return self.filter(erased_at=None)

    def visible_to(self, caller: Caller) -> Self:
        """Oneself; everybody for staff who may read users."""
        return self if caller.may("users:read") else self.filter(pk=caller.id)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # Django makes this class as it runs
    def create_user(
        self, email: str, password: str, full_name: str, roles: list[str] | None = None, **facts: Any
    ) -> "User":
        """An account as it is given: whoever calls this has checked address and password."""
        user = self.model(email=normal_email(email), full_name=full_name, roles=roles or default_roles(), **facts)
        user.set_password(password)
        user.save(using=self._db, force_insert=True)
        return user

    def create_superuser(self, email: str, password: str, full_name: str) -> "User":
        """An admin, whose address nobody need confirm; `manage.py createsuperuser` calls this."""
        return self.create_user(email, password, full_name, [Role.ADMIN.value], email_verified_at=timezone.now())

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
    erasing_since = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
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
        return " ".join(sorted(scopes_of(self.roles)))

    @property
    def allowed_actions(self) -> list[str]:
        """What staff can do to the account as it is; nobody opens one whose owner is being erased."""
        if self.erasing_since:
            return []
        return ["deactivate"] if self.is_active else ["activate"]

    def set_active(self, *, is_active: bool) -> None:
        """Open or close the account. Raises InvalidState if it is so already."""
        action = "activate" if is_active else "deactivate"
        if action not in self.allowed_actions:
            current = "active" if self.is_active else "inactive"
            raise InvalidState(current_status=current, requested=action, allowed_actions=self.allowed_actions)
        self.change(is_active=is_active)

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
