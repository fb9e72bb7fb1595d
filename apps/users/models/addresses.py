"""Where people live."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.users.models.people import User
from chassis.identifiers import IdField
from chassis.problems import VersionMismatch
from chassis.versions import Versioned

DEFAULTS = ("is_default_shipping", "is_default_billing")


class AddressQuerySet(models.QuerySet["Address"]):
    def of(self, user_id: str) -> Self:
        return self.filter(user_id=user_id)

    def give_way(self, name: str) -> int:
        """Be no longer the default; whoever has seen it as one must read it again."""
        now = timezone.now()
        return self.filter(**{name: True}).update(**{name: False, "version": F("version") + 1, "updated_at": now})


class Address(Versioned):
    """A postal address of somebody. One of theirs at most is the default to ship to, and one that of bills."""

    id = IdField("adr")
    user = models.ForeignKey(User, models.CASCADE, related_name="addresses")
    recipient = models.CharField(max_length=200)
    company = models.CharField(max_length=200, blank=True)
    line1 = models.CharField(max_length=200)
    line2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2)
    phone = models.CharField(max_length=16, null=True)
    is_default_shipping = models.BooleanField(default=False)
    is_default_billing = models.BooleanField(default=False)

    objects = AddressQuerySet.as_manager()

    class Meta:
        constraints = tuple(
            models.UniqueConstraint(fields=["user"], condition=Q(**{name: True}), name=f"address_{name}")
            for name in DEFAULTS
        )

    def __str__(self) -> str:
        return self.id

    def replace(self, facts: dict[str, Any]) -> None:
        """Save what it is from now on. Raises VersionMismatch if somebody has changed it since it was read."""
        changes = {**facts, "version": self.version + 1, "updated_at": timezone.now()}
        if not Address.objects.filter(pk=self.pk, version=self.version).update(**changes):
            raise VersionMismatch("Read it again and repeat your change")
        for name, value in changes.items():
            setattr(self, name, value)
