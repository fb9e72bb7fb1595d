"""How people and their addresses look in a browser, and what one can do next."""

from collections.abc import Iterator
from typing import Any

from chassis.callers import Caller
from chassis.pages import Form, Link, Page, Step


def _user_steps(user: dict[str, Any], caller: Caller) -> Iterator[Step]:
    """Addresses are one's own affair."""
    if user["id"] == caller.id:
        yield Link("Addresses", "/users/me/addresses")


USER = Page(
    heading="{full_name}", columns=("email", "full_name", "roles", "is_active", "created_at"), steps=_user_steps
)
ADDRESS = Page(
    heading="{recipient}, {city}",
    columns=("recipient", "line1", "city", "country", "is_default_shipping", "is_default_billing"),
    forms={"POST": Form("Add address"), "PUT": Form("Replace address")},
)
