"""Who may do what: every operation of a service and every kind of caller, as the permissions of the views decide.

One table for all topologies: `manage.py permissions` writes it to `docs/permissions/`, and a test asks running shops.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.urls import URLPattern
from rest_framework.exceptions import APIException, NotAuthenticated

from apps.users.models import Role
from chassis.callers import NOBODY, OWN_READ, OWN_WRITE, Caller
from chassis.problems import NotAuthenticated as NobodyIsSignedIn
from chassis.topology import SERVICES
from chassis.urls import url_space

YES, WHO, NO = "yes", "401", "403"
PERSON, PROGRAM, KEY = (f"{prefix}_00000000000000000000000000" for prefix in ("usr", "cli", "key"))
# What each service may ask of the others, as its clients do.
SERVICE_SCOPES = {
    "users": ("subjects:write", "announcements:write", "observations:read", "invariants:read"),
    "orders": (
        *("payments:write", "payments:read", "users:read", "api_keys:read"),
        *("announcements:write", "observations:read", "invariants:read"),
    ),
    "payments": ("api_keys:read", "announcements:write", "observations:read", "invariants:read"),
}
# What customers make keys for, and what a program that keeps books is given.
KEY_SCOPES = ((OWN_READ,), (OWN_READ, OWN_WRITE))
BOOKKEEPING = "orders:read"


@dataclass(frozen=True)
class Operation:
    """One method of one address; `view` answers it."""

    method: str
    path: str
    view: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def principals() -> dict[str, Caller]:
    """A caller of each kind by name."""
    people = {role.value: Caller(id=PERSON, kind="user", scopes=role.scopes, roles=frozenset({role})) for role in Role}
    payer = Caller(id="payer:pay_00000000000000000000000000", kind="payer", scopes=frozenset({"payment:pay"}))
    services = {
        f"{name} ({scope})": Caller(id=f"service:{name}", kind="service", scopes=frozenset({scope}))
        for name in SERVICES
        for scope in SERVICE_SCOPES[name]
    }
    return {"nobody": NOBODY, **people, **_keys(), **_programs(), "payer": payer, **services}


def operations(service: str) -> list[Operation]:
    """Every method that its views declare: of each resource in its newest version, and what is for services."""
    newest = settings.API_VERSIONS[service][-1]
    return [
        Operation(method, path, view)
        for path, view in _routes(url_space(service))
        if path.startswith((f"/{newest}/", "/internal/"))
        for method in getattr(view, "methods", {})
    ]


def decide(operation: Operation, caller: Caller) -> str:
    """Whether the caller is let in, asked who they are (401), or told that they may not (403)."""
    view = operation.view
    view.request = SimpleNamespace(
        user=caller.asking(operation.method),
        method=operation.method,
        META={},
        authenticators=[],
        successful_authenticator=None,
    )
    try:
        view.check_permissions(view.request)
    except (NotAuthenticated, NobodyIsSignedIn):
        return WHO
    except APIException:
        return WHO if caller.is_anonymous else NO
    return YES


def table(service: str) -> dict[str, dict[str, str]]:
    """What is decided for each operation, by the name of the principal."""
    known = principals()
    return {
        str(operation): {name: decide(operation, caller) for name, caller in known.items()}
        for operation in operations(service)
    }


def as_markdown(service: str, decided: dict[str, dict[str, str]]) -> str:
    """The table as people read it: whoever is let in, by operation."""
    lines = [f"| `{operation}` | {_let_in(cells)} |" for operation, cells in decided.items()]
    heading = f"# Who may do what at {service}\n\n{_ABOUT}\n\n| operation | let in |\n|---|---|\n"
    return heading + "\n".join(lines) + "\n"


def _keys() -> dict[str, Caller]:
    """Whoever asks for a customer with an API key of theirs."""
    anyone = Caller(id=PERSON, kind="user", client_id=KEY, on_behalf_of=PERSON)
    return {
        f"customer's API key ({' '.join(scopes)})": replace(anyone, scopes=frozenset(scopes)) for scopes in KEY_SCOPES
    }


def _programs() -> dict[str, Caller]:
    """Programs of integrators that ask for themselves."""
    program = Caller(id=PROGRAM, kind="client", client_id=PROGRAM, scopes=Role.ADMIN.scopes)
    return {"program": program, f"program ({BOOKKEEPING})": replace(program, scopes=frozenset({BOOKKEEPING}))}


def _let_in(cells: dict[str, str]) -> str:
    """By name, or by what all of them are."""
    allowed = [name for name, decision in cells.items() if decision == YES]
    if len(allowed) == len(cells):
        return "everybody"
    people = [name for name in cells if name in Role]
    if {*people} <= {*allowed}:
        allowed = ["people", *(name for name in allowed if name not in people)]
    return ", ".join("whoever says nothing" if name == "nobody" else name for name in allowed)


def _routes(patterns: Any, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        address = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if not isinstance(pattern, URLPattern):
            yield from _routes(pattern.url_patterns, address)
        elif hasattr(pattern.callback, "cls"):
            found: Any = pattern.callback
            yield address, found.cls(**found.initkwargs)


_ABOUT = """Written by `manage.py permissions`; a test asks every topology for every cell. Who is not let in is asked
who they are (401) if they are nobody in particular, else told that they may not (403). A token that has expired, is
forged or meant for somebody else is a 401 everywhere. What is another's is not there (404) for whoever may only see
their own. A program without a scope beside it has all of an admin's."""
