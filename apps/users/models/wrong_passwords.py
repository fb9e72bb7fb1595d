"""How many wrong passwords came for an account, and from when on it hears another one.

The row of an account is found by the digest of its address, and there is one for addresses without an account, too: who
guesses learns nothing from being told to wait.
"""

import math
from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from apps.users.models.people import normal_email
from chassis.problems import RateLimited
from chassis.signing import keyed_digest

FREE = 5
LONGEST_SECONDS = 3600
FORGOTTEN_AFTER = timedelta(days=1)
POLICY = "wrong_passwords"


def account_digest(email: str) -> str:
    """What an address is called here."""
    return keyed_digest("users", normal_email(email), purpose="account")


def wait_seconds(count: int) -> int:
    """How long an account hears nothing after so many wrong passwords: 1 s after the fifth, then twice as long each."""
    return min(LONGEST_SECONDS, 2 ** min(count - FREE, 12)) if count >= FREE else 0


class WrongPasswordsQuerySet(models.QuerySet["WrongPasswords"]):
    def of(self, email: str) -> Self:
        return self.filter(pk=account_digest(email))

    def locked(self, email: str) -> "WrongPasswords":
        """The row of an account, made where there is none, locked within the open transaction."""
        row = WrongPasswords(digest=account_digest(email), last_at=timezone.now())
        # An insert that becomes an update where the row is there: either locks it, and nobody can be in between.
        WrongPasswords.objects.bulk_create(
            [row], update_conflicts=True, update_fields=["last_at"], unique_fields=["digest"]
        )
        return self.get(pk=row.digest)

    def old(self) -> Self:
        return self.filter(last_at__lt=timezone.now() - FORGOTTEN_AFTER)


class WrongPasswords(models.Model):
    digest = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    heard_from = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(db_index=True)

    objects = WrongPasswordsQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.count} until {self.heard_from}"

    def require_heard(self) -> None:
        """Raise RateLimited (429) while no password is heard, the right one included."""
        left = math.ceil((self.heard_from - timezone.now()).total_seconds())
        if left > 0:
            headers = {"Retry-After": str(left)}
            raise RateLimited(f"Ask again in {left} s", headers=headers, violated_policies=[POLICY])

    def count_one(self) -> bool:
        """One more; returns whether the account hears nothing for a while because of it."""
        self.count += 1
        seconds = wait_seconds(self.count)
        self.heard_from = timezone.now() + timedelta(seconds=seconds)
        self.save(update_fields=["count", "heard_from"])
        return seconds > 0
