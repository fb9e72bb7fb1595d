"""Users, as other services see it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from chassis.calls import BrokenContract, Neighbour


@dataclass(frozen=True, slots=True)
class Customer:
    """The person behind a `customer_id`."""

    id: str
    email: str
    full_name: str
    is_active: bool


class Users:
    """Users, asked by the service `caller`."""

    def __init__(self, caller: str) -> None:
        self._users = Neighbour(caller, "users", "users:read")

    def profile(self, user_id: str) -> Customer:
        """Who this is. Raises CallFailed; Refused with `not_found` if there is no such account."""
        return _customer(self._users.get(f"/internal/users/v1/users/{quote(user_id, safe='')}").json)


def _customer(answer: Any) -> Customer:
    try:
        return Customer(answer["id"], answer["email"], answer["full_name"], answer["is_active"])
    except (KeyError, TypeError) as exc:
        raise BrokenContract("users", f"a customer without {exc}") from exc
