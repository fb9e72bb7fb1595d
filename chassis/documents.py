"""The OpenAPI 3.1 document of a service's version, whole: what all operations share, limits, examples, deprecation."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from chassis.examples import example
from chassis.urls import url_space

LIMITS: dict[str, dict[str, Any]] = {
    "string": {"maxLength": 20_000},
    "array": {"maxItems": 10_000},
    "integer": {"format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1},
}
LENGTHS = {"date-time": 30, "uri": 8000, "decimal": 20}

PROBLEM = {
    "type": "object",
    "description": "RFC 9457; `code` is the word to compare",
    "required": ["type", "title", "status", "code", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Leads to a page about this type of problem"},
        "title": {"type": "string", "description": "The same for every problem of this type"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "detail": {"type": "string", "description": "For people, about this very request"},
        "instance": {"type": "string", "description": "The path that was asked"},
        "request_id": {"type": "string", "description": "Tell it when you ask for help"},
        "errors": {
            "type": "array",
            "description": "What is wrong in the request, each with a JSON pointer to it",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "message")},
            },
        },
    },
}

_TEXT = {"type": "string"}
HEADERS = {
    "X-Request-ID": {"description": "Names this request in every log", "schema": _TEXT},
    "API-Version": {"description": "The version that answered", "schema": {"type": "string", "pattern": "^v[0-9]+$"}},
    "RateLimit": {"description": "What is left (draft-ietf-httpapi-ratelimit-headers)", "schema": _TEXT},
    "RateLimit-Policy": {"description": "How much may be asked in which time", "schema": _TEXT},
    "ETag": {"description": "Names this state of this representation", "schema": _TEXT},
    "Location": {"description": "Where it is", "schema": {"type": "string", "format": "uri"}},
    "Link": {"description": "The next and the previous page (RFC 8288)", "schema": _TEXT},
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "How to say who one is (RFC 6750)", "schema": _TEXT},
    "Deprecation": {"description": "Since when nobody should begin with it (RFC 9745)", "schema": _TEXT},
    "Sunset": {"description": "When it may be gone (RFC 8594)", "schema": _TEXT},
}
EVERYWHERE = ("X-Request-ID", "API-Version", "RateLimit", "RateLimit-Policy")


def openapi(service: str, version: str) -> dict[str, Any]:
    """The document of a hosted service's version, from its routes and what its views declare."""
    space = url_space(service)
    generator: Any = SchemaGenerator  # it has no types
    document: dict[str, Any] = generator(patterns=list(space), urlconf=space, api_version=version).get_schema(
        public=True
    )
    document["info"] = {"title": f"Tearline {service}", "version": version, "license": {"name": "BSD-3-Clause"}}
    document["components"]["schemas"]["Problem"] = PROBLEM
    document["components"]["headers"] = HEADERS
    _deprecate(document, service, version)
    _limit(document["components"])
    _limit([parameter for operation in _operations(document) for parameter in operation.get("parameters", ())])
    _show_examples(document)
    return document


def header_refs(*names: str) -> dict[str, Any]:
    """References to these headers, and to those that every answer has."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*EVERYWHERE, *names)}


def _deprecate(document: dict[str, Any], service: str, version: str) -> None:
    """Say of every operation of a version that will end what its answers say."""
    if (service, version) not in settings.DEPRECATED_VERSIONS:
        return
    for operation in _operations(document):
        operation["deprecated"] = True
    for answer in _answers(document):
        answer["headers"] |= {name: {"$ref": f"#/components/headers/{name}"} for name in ("Deprecation", "Sunset")}


def _answers(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every answer where it stands: within its operation, or among those that several have in common."""
    yield from document["components"]["responses"].values()
    for operation in _operations(document):
        yield from (answer for answer in operation["responses"].values() if "$ref" not in answer)


def _show_examples(document: dict[str, Any]) -> None:
    """Give each body in JSON an example, unless it has some."""
    schemas = document["components"]["schemas"]
    for operation in _operations(document):
        for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for kind, content in body.get("content", {}).items():
                if kind.endswith("json") and "examples" not in content:
                    content["example"] = example(content["schema"], schemas)


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _limit(schema: Any) -> None:
    """Say how long texts and lists can be, and how large integers, where nothing narrower is said."""
    for inner in schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ():
        _limit(inner)
    if not isinstance(schema, dict):
        return
    kinds = schema.get("type", ())
    for kind, limits in LIMITS.items():
        if kind == kinds or (isinstance(kinds, list) and kind in kinds):
            schema.update({name: limit for name, limit in limits.items() if name not in schema})
    if "maxLength" in schema:
        schema["maxLength"] = min(schema["maxLength"], LENGTHS.get(schema.get("format", ""), schema["maxLength"]))
