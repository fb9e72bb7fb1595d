"""Examples for the API document, made from the schemas themselves, so that they are always valid."""

import re
from typing import Any

from chassis.problems import Problem

HOST = "https://shop.example"
RANDOM = "06f2a7c0xq4n9t1s8w5e3r2y7k"
BY_NAME: dict[str, Any] = {
    "email": "ada@example.com",
    "full_name": "Ada Lovelace",
    "recipient": "Ada Lovelace",
    "currency": "EUR",
    "country": "DE",
    "phone": "+4930123456",
    "number": "K7Q2-M9XD",
    "tax_rate": "0.20000",
    "code": "card_declined",
    "digest": "0f" * 32,
    "redirect_uris": f"{HOST}/signed-in",
    "url": "https://receiver.example/hooks",
    "events": "*",
    "tracking_url": "https://carrier.example/parcels/1Z999",
}
BY_FORMAT = {
    "date-time": "2026-01-31T12:00:00.000Z",
    "uri": f"{HOST}/v2/orders",
    "email": BY_NAME["email"],
    "decimal": "0.20000",
}
PREFIXES = {
    "order": "ord",
    "product": "prd",
    "customer": "usr",
    "user": "usr",
    "line": "oli",
    "movement": "mov",
    "payment": "pay",
    "refund": "ref",
    "operation": "opr",
    "address": "adr",
    "api-key": "key",
    "apikey": "key",
    "client": "cli",
    "announcement": "evt",
    "event_id": "evt",
    "endpoint": "whe",
    "deliver": "whd",
}


_PREFIX = re.compile(r"\^([a-z]{3})_")


def example(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """A value that this schema allows; `name` is that of the member which has it."""
    if "$ref" in schema:
        target = schema["$ref"].rsplit("/", 1)[1]
        return example(schemas[target], schemas, target if name in {"", "data"} else name)
    for combined in ("allOf", "oneOf", "anyOf"):
        if combined in schema and "properties" not in schema:
            return example(schema[combined][0], schemas, name)
    if "example" in schema or "enum" in schema:
        return schema.get("example") or schema["enum"][0]
    return _EXAMPLES[_kind(schema)](schema, schemas, name)


def id_in(path: str, name: str) -> str:
    """An id for this part of a path: that of an order in `/v2/orders/{id}`, and in `/v2/orders/{id}/pay`."""
    return _id(path.partition(f"/{{{name}}}")[0].rpartition("/")[2])


def example_of(problem: type[Problem]) -> dict[str, Any]:
    """A problem as it would be answered."""
    return {
        "type": f"{HOST}/problems/{problem.page()}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code(),
        "detail": problem.title,
        "instance": "/v1",
        "request_id": RANDOM,
    }


def _object(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> dict[str, Any]:
    others = {member for alternative in schema.get("oneOf", [])[1:] for member in alternative["required"]}
    members = {
        member: example(inner, schemas, f"{name}.id" if member == "id" else member)
        for member, inner in schema.get("properties", {}).items()
        if member not in others
    }
    more = schema.get("additionalProperties")
    return {**members, "self": example(more, schemas, "self")} if isinstance(more, dict) and more else members


def _array(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> list[Any]:
    return [example(schema["items"], schemas, name)]


def _string(schema: dict[str, Any], _: dict[str, Any], name: str) -> str:
    if prefix := _PREFIX.match(schema.get("pattern", "")):
        return f"{prefix[1]}_{RANDOM}"
    if name.endswith("id"):
        return _id(name)
    known = BY_NAME.get(name) or BY_FORMAT.get(schema.get("format", "")) or name.replace("_", " ") or "text"
    return str(known)[: schema.get("maxLength", 100)]


def _id(name: str) -> str:
    """`ord_…` for `order_id`, and for the `id` of a ShownOrder."""
    prefix = next((prefix for word, prefix in PREFIXES.items() if word in name.lower()), "req")
    return f"{prefix}_{RANDOM}"


def _integer(schema: dict[str, Any], *_: Any) -> int:
    return max(1, int(schema.get("minimum", 1)))


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "object")
    return str(next(one for one in kind if one != "null")) if isinstance(kind, list) else str(kind)


_EXAMPLES: dict[str, Any] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _integer,
    "boolean": lambda *_: False,
    "null": lambda *_: None,
}
