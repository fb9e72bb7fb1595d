"""Users, as other services see it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django.utils import timezone

from chassis.callers import KnownKey
from chassis.calls import BrokenContract, Neighbour


@dataclass(frozen=True, slots=True)
class Customer:
    """The person behind a `customer_id`, as users knew them at `as_of`; `is_stale` where it cannot be asked now.

    Two are equal if they say the same of the person.
    """

    id: str
    email: str
    full_name: str
    is_active: bool
    as_of: datetime = field(default_factory=timezone.now, compare=False)
    is_stale: bool = field(default=False, compare=False)


class Users:
    """Users, asked by the service `caller`."""

    def __init__(self, caller: str) -> None:
        self._users = Neighbour(caller, "users", "users:read")
        self._keys = Neighbour(caller, "users", "api_keys:read")

    def profile(self, user_id: str) -> Customer:
        """Who this is, or was when users could be asked last; a minute old at most while it can.

        Raises CallFailed; Refused with `not_found` if there is no such account.
        """
        answer = self._users.get(f"/internal/users/v1/users/{quote(user_id, safe='')}", known_as=user_id)
        return replace(_customer(answer.json), as_of=answer.answered_at, is_stale=answer.is_stale)

    def known_key(self, digest: str) -> KnownKey | None:
        """What an API key opens now, found by its digest; None if it is good for nothing. Raises CallFailed."""
        asked = {"digest": digest}
        answer = self._keys.post("/internal/users/v1/api-keys/introspections", asked, idempotency_key=uuid4().hex)
        return _known_key(answer.json)


def _customer(answer: Any) -> Customer:
    try:
        return Customer(answer["id"], answer["email"], answer["full_name"], answer["is_active"])
    except (KeyError, TypeError) as exc:
        raise BrokenContract("users", f"a customer without {exc}") from exc


def _known_key(answer: Any) -> KnownKey | None:
    try:
        found = answer["api_key"]
        if found is None:
            return None
        return KnownKey(found["id"], found["owner_id"], found["email"], frozenset(found["scopes"]), found["expires_at"])
    except (KeyError, TypeError) as exc:
        raise BrokenContract("users", f"an API key without {exc}") from exc
