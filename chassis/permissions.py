"""Who may do what: DRF permissions over callers. They compose: `scope("payments:write") | service("orders")`."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from chassis.callers import caller_of


class Anyone(BasePermission):
    """Open to everybody, with or without a token."""


class People(BasePermission):
    """A person who is signed in, or a program that may act as one where this is asked for."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return caller_of(request).kind == "user"


class InPerson(BasePermission):
    """A person who signed in themselves: what opens doors is given out to no program."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return caller_of(request).is_in_person


class Programs(BasePermission):
    """A program of an integrator that asks for itself, or may not be the person that it asks for."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return caller_of(request).kind == "client"


def scope(name: str) -> type[BasePermission]:
    """A person, or a program of an integrator, whose token or key carries the scope `name`."""

    class HasScope(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            return caller_of(request).kind in {"user", "client"} and caller_of(request).may(name)

    return HasScope


def service(*names: str, scope: str) -> type[BasePermission]:
    """One of the services `names`, asking with `scope`. A person's token never opens what is for services."""

    class IsService(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            return caller_of(request).service in names and caller_of(request).may(scope)

    return IsService


def by_method(**needed: Any) -> type[BasePermission]:
    """One permission per method: `by_method(get=Anyone, post=scope("products:write"))`. HEAD is a GET, OPTIONS open."""

    class ByMethod(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            method = str(request.method).lower()
            wanted = needed.get("get" if method == "head" else method, Anyone)
            return bool(wanted().has_permission(request, view))

    return ByMethod
