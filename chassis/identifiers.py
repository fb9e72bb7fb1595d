"""Public ids: a prefix that says what the thing is, and a UUIDv7 in Crockford's base32 (`ord_01k…`)."""

import functools
import re
import secrets
from datetime import datetime
from typing import Any

from django.db import models
from uuid_utils import uuid7

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
ID_PATTERN = re.compile(r"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}")


def new_id(prefix: str) -> str:
    """A new id, ordered by the time of its making (RFC 9562, version 7). It is a name, never a secret."""
    return f"{prefix}_{_base32(uuid7().int)}"


def first_id(prefix: str, moment: datetime) -> str:
    """Where the ids begin that were made at `moment` or later: those made before it are smaller."""
    return f"{prefix}_{_base32(int(moment.timestamp() * 1000) << 80)}"


def new_number() -> str:
    """A short number for people to read aloud, as `R7K4-2M9Q`: no vowels but A and E, nothing ambiguous."""
    letters = [secrets.choice(CROCKFORD.upper()) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def _base32(number: int) -> str:
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


class IdField(models.CharField):  # type: ignore[type-arg]  # generic only for the type checker
    """A primary key that is made before the row is: `IdField("ord")`."""

    def __init__(self, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        options.setdefault("primary_key", True)
        super().__init__(
            **{**options, "max_length": 30, "editable": False, "default": functools.partial(new_id, prefix)}
        )

    def deconstruct(self) -> Any:
        name, path, _, options = super().deconstruct()
        for given in ("max_length", "editable", "default"):
            options.pop(given, None)
        return name, path, [self.prefix], options
