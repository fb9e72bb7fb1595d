"""The OpenAPI 3.1 document of a service's version, whole: what all operations share, limits, examples, deprecation."""

from collections.abc import Iterator
from copy import deepcopy
from inspect import getdoc
from typing import Any

from django.apps import apps
from django.conf import settings
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator

from chassis.examples import example
from chassis.headers import ANSWERED, ENDING, answered
from chassis.limits import limit
from chassis.urls import url_space

SHARED = """Every refusal is a problem (RFC 9457) with a `code`. Lists come in pages; `next` leads to the next one.
A command sent again with the same `Idempotency-Key` is done once. What is not known here is refused, never ignored."""

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

INTERNAL = "internal-v1"


def openapi(service: str, version: str) -> dict[str, Any]:
    """The document of a hosted service's version, from its routes and what its views declare.

    `internal-v1` is that of its routes for other services, which no other document tells of.
    """
    document: dict[str, Any] = _generator(service, version).get_schema(public=True)
    document["info"] = _info(service, version)
    document["tags"] = _tags(document)
    document["components"]["schemas"]["Problem"] = deepcopy(PROBLEM)
    _deprecate(document, service, version)
    document["components"]["headers"] = _answered_headers(document)
    limit(document["components"])
    limit([parameter for operation in _operations(document) for parameter in operation.get("parameters", ())])
    _show_examples(document)
    return document


def is_described(service: str, version: str) -> bool:
    """Whether a hosted service has any route that the document of this version would tell of."""
    return bool(_generator(service, version).endpoints)


def _generator(service: str, version: str) -> Any:
    """What generates the document from the routes for everybody, or from those for other services."""
    space = url_space(service)
    make: Any = SchemaGenerator  # it has no types, like the next one
    look: Any = EndpointEnumerator
    generator = make(patterns=list(space), urlconf=space, api_version=version)
    generator.inspector = look(list(space), space)
    routes = generator.inspector.get_api_endpoints()
    generator.endpoints = [route for route in routes if route[0].startswith("/internal/") is (version == INTERNAL)]
    return generator


def _info(service: str, version: str) -> dict[str, Any]:
    """What the service is, in its own words, and what holds for all of it."""
    about = getdoc(apps.get_app_config(service).module)
    licensed = {"name": "BSD-3-Clause", "url": "https://opensource.org/license/bsd-3-clause"}
    return {
        "title": f"Tearline {service}",
        "version": version,
        "description": f"{about}\n\n{SHARED}",
        "contact": {"name": "Whoever runs this shop"},
        "license": licensed,
    }


def _tags(document: dict[str, Any]) -> list[dict[str, str]]:
    """The resources, each described by the first of its operations."""
    about: dict[str, str] = {}
    for operation in _operations(document):
        about.setdefault(operation["tags"][0], operation["description"])
    return [{"name": name, "description": description} for name, description in sorted(about.items())]


def _answered_headers(document: dict[str, Any]) -> dict[str, Any]:
    """Those that any answer refers to."""
    used = {name for answer in _answers(document) for name in answer["headers"]}
    return {name: header for name, header in deepcopy(ANSWERED).items() if name in used}


def _deprecate(document: dict[str, Any], service: str, version: str) -> None:
    """Say of every operation of a version that will end what its answers say."""
    if (service, version) not in settings.DEPRECATED_VERSIONS:
        return
    for operation in _operations(document):
        operation["deprecated"] = True
    for answer in _answers(document):
        answer["headers"] |= answered(*ENDING)


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
