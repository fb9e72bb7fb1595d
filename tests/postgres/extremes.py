"""Questions with a number or a text that is too much, for every member and parameter that the API documents name.

They are made of the documents under docs/api/, so that a new route is asked as well.
"""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from chassis.topology import SERVICES
from deploy.processes import BASE

NUMBERS = (2**31, 2**63, -(2**63) - 1, 10**25, 10**400)
NOT_KEPT = ("a\x00b", "\x00", "\ud800")
TEXTS = (*NOT_KEPT, "x" * 70_000)
LARGE = ("9" * 10, "9" * 20, "9" * 5000, "-" + "9" * 20)
IN_ADDRESSES = ("%00", "a%00b", "%ED%A0%80", "9" * 20, "9" * 3000)
# What a member holds where nothing else is asked of it than to be good.
GOOD = {
    "currency": "GBP",
    "country": "GB",
    "email": "guest@example.com",
    "phone": "+441134960000",
    "refresh_token": "no-token-of-ours",
    "password": "a long enough passphrase",
    "current_password": "not the one that it is",
    "token": "no-token-of-ours",
    "roles": "support",
    "order_id": "ord_01k5abcdefghjkmnpqrstvwxyz",
    "customer_id": "usr_01k5abcdefghjkmnpqrstvwxyz",
    "provider": "sandbox",
    "url": "http://127.0.0.1:9/hooks",
}


@dataclass(frozen=True)
class Question:
    """One request; `address` is the path with what its parameters stand for still in braces."""

    method: str
    address: str
    query: str = ""
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        said = [self.method, self.address, self.query, json.dumps(self.body), self.headers, self.parameters]
        return " ".join(str(part)[:200] for part in said if part)


def operations() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Method, path, operation and document of all that the API documents describe."""
    for service in SERVICES:
        document = json.loads((BASE / "docs" / "api" / f"{service}-v1.json").read_text())
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                yield method, path, operation, document


def numbers_in_bodies(beyond: int = 0) -> Iterator[Question]:
    return _in_bodies("integer", [number for number in NUMBERS if abs(number) > beyond])


def texts_in_bodies(only: Sequence[str] = TEXTS) -> Iterator[Question]:
    """As a value, and as a name that no member has."""
    yield from _in_bodies("string", only)
    for method, path, operation, document in operations():
        if body := body_of(operation, document):
            for name in ("\x00", "\ud800"):
                yield Question(method, path, body={**good(body, document), name: 1})


def in_addresses() -> Iterator[Question]:
    """In the place of ids, and as the values and the names of what can be asked of lists."""
    for method, path, operation, _ in operations():
        for parameter in operation.get("parameters", []):
            name, place = parameter["name"], parameter["in"]
            for text in IN_ADDRESSES:
                if place == "path":
                    yield Question(method, path, parameters={name: text})
                if place == "query":
                    yield Question(method, path, query=f"{name}={text}")
        yield Question(method, path, query="%00=1")


def in_headers() -> Iterator[Question]:
    """In the headers that a service keeps or compares."""
    for method, path, _, _ in operations():
        if method in {"put", "patch"}:
            for text in LARGE:
                yield Question(method, path, body={}, headers={"If-Match": f'"{text}-x"'})
        if method == "post":
            yield Question(method, path, body={}, headers={"Idempotency-Key": "9" * 256})
        if method == "get":
            yield Question(method, path, headers={"X-Order-Token": "9" * 5000, "If-None-Match": "9" * 2000})


def _in_bodies(kind: str, extremes: Sequence[Any]) -> Iterator[Question]:
    for method, path, operation, document in operations():
        if body := body_of(operation, document):
            fine = good(body, document)
            for place in _places(body, document, kind):
                for extreme in extremes:
                    yield Question(method, path, body=_with(fine, place, extreme))


def body_of(operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return known(content["schema"], document) if content else None


def known(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The schema, or what it refers to."""
    for reference in (schema, *schema.get("allOf", []), *schema.get("oneOf", [])):
        if "$ref" in reference:
            return document["components"]["schemas"][reference["$ref"].rpartition("/")[2]]
    return schema


def _kinds(schema: dict[str, Any]) -> list[str]:
    kind = schema.get("type", "string" if "enum" in schema else "object")
    return kind if isinstance(kind, list) else [kind]


def good(schema: dict[str, Any], document: dict[str, Any], name: str = "") -> Any:
    """A value that the schema allows; of a body's members only those that it requires."""
    schema = known(schema, document)
    kind = _kinds(schema)[0]
    if kind == "object":
        members = schema.get("properties", {})
        return {name: good(members[name], document, name) for name in schema.get("required", [])}
    if kind == "array":
        return [good(schema["items"], document)]
    if "enum" in schema:
        return schema["enum"][0]
    return {"integer": schema.get("minimum", 1) or 1, "boolean": True}.get(kind, GOOD.get(name, "x"))


def _places(schema: dict[str, Any], document: dict[str, Any], kind: str) -> Iterator[tuple[Any, ...]]:
    """The way to each member of this kind, through objects and the first of each list."""
    schema = known(schema, document)
    if kind in _kinds(schema):
        yield ()
    for name, inner in schema.get("properties", {}).items():
        yield from ((name, *rest) for rest in _places(inner, document, kind))
    if "items" in schema:
        yield from ((0, *rest) for rest in _places(schema["items"], document, kind))


def _with(value: Any, place: tuple[Any, ...], extreme: Any) -> Any:
    """A copy of the value with something extreme in that place."""
    if not place:
        return extreme
    first, *rest = place
    copy = deepcopy(value) if value is not None else [] if first == 0 else {}
    inner = _with(copy[first] if copy and (first == 0 or first in copy) else None, tuple(rest), extreme)
    return [inner] if first == 0 else {**copy, first: inner}
