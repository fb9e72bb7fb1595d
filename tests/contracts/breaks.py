"""What breaks the clients of an API when its document changes."""

from collections.abc import Iterator
from typing import Any

from tests.contracts import values
from tests.contracts.documents import Node, follow
from tests.contracts.operations import Operation, operations
from tests.contracts.schemas import Schema

PROBLEM = "application/problem+json"
# Looked at one by one below; anything else about an operation is compared as a whole, but for what people read.
LOOKED_AT = {"parameters", "requestBody", "responses", "security", "operationId"}
PROSE = {"summary", "description", "tags", "deprecated", "externalDocs"}


def breaking_changes(old: Node, new: Node) -> list[str]:
    """Everything that could break a client of `old`, as `POST /v1/orders: …`, each once; empty if nothing could."""
    if old == new:
        return []
    now = {operation.key: operation for operation in operations(new)}
    found: list[str] = []
    for before in operations(old):
        changes = _operation(before, now[before.key]) if before.key in now else ["is gone"]
        found += (f"{before}: {change}" for change in changes)
    found += _surroundings(old, new)
    return list(dict.fromkeys(found))


def _operation(old: Operation, new: Operation) -> Iterator[str]:
    if old.node.get("operationId") != new.node.get("operationId"):
        yield f"is called {new.node.get('operationId')} now, was {old.node.get('operationId')}"
    for look in (_security, _parameters, _body, _answers):
        yield from look(old, new)
    for name in sorted((old.node.keys() | new.node.keys()) - LOOKED_AT - PROSE):
        if not name.startswith("x-") and old.node.get(name) != new.node.get(name):
            yield f"{name} changed"


def _security(old: Operation, new: Operation) -> Iterator[str]:
    """Each way in must stay one: no scheme and no scope may be asked for on top."""
    for way in old.security:
        if not any(_opens(way, door) for door in new.security):
            yield f"is closed to {_named(way)}"


def _opens(way: Node, door: Node) -> bool:
    return all(scheme in way and {*scopes} <= {*way[scheme]} for scheme, scopes in door.items())


def _named(way: Node) -> str:
    named = (" ".join([scheme, *scopes]) for scheme, scopes in way.items())
    return f"who comes with {' and '.join(named)} alone" if way else "who does not say who they are"


def _parameters(old: Operation, new: Operation) -> Iterator[str]:
    before, now = old.parameters, new.parameters
    for key, parameter in before.items():
        if key not in now:
            yield f"{_label(parameter)} is gone"
            continue
        if now[key].get("required") and not parameter.get("required"):
            yield f"{_label(parameter)} is required now"
        for name in ("style", "explode", "allowReserved", "content"):
            if parameter.get(name) != now[key].get(name):
                yield f"{name} of {_label(parameter)} changed"
        yield from _values(_label(parameter), _schema(parameter, old), _schema(now[key], new), is_sent=True)
    for key in sorted(now.keys() - before.keys()):
        if now[key].get("required"):
            yield f"{_label(now[key])} is new and required"


def _label(parameter: Node) -> str:
    return f"the {parameter['in']} parameter '{parameter['name']}'"


def _body(old: Operation, new: Operation) -> Iterator[str]:
    if new.body.get("required") and not old.body.get("required"):
        yield "the request's body is required now"
    yield from _contents("the request", old, old.body, new, new.body)


def _answers(old: Operation, new: Operation) -> Iterator[str]:
    """A client knows every status; those that it is refused with may become fewer, and none may come."""
    for status, answer in old.answers.items():
        if status in new.answers:
            yield from _headers(status, old, answer, new)
            yield from _contents(status, old, answer, new, new.answers[status])
        elif status in old.successes or status == "default":
            yield f"{status} is gone"
    for status in sorted(new.answers.keys() - old.answers.keys()):
        yield f"{status} may be answered now"


def _headers(status: str, old: Operation, answer: Node, new: Operation) -> Iterator[str]:
    before, now = (
        {name.lower(): (name, follow(header, operation.document)) for name, header in one.get("headers", {}).items()}
        for one, operation in ((answer, old), (new.answers[status], new))
    )
    for key, (name, header) in before.items():
        label = f"{status}: the header {name}"
        if key not in now:
            yield f"{label} is gone"
            continue
        if header.get("required") and not now[key][1].get("required"):
            yield f"{label} may be missing now"
        yield from _values(label, _schema(header, old), _schema(now[key][1], new), is_sent=False)


def _contents(label: str, old: Operation, before: Node, new: Operation, now: Node) -> Iterator[str]:
    """The media types of a body and what is in it."""
    for kind, content in before.get("content", {}).items():
        if kind not in now.get("content", {}):
            yield f"{label}: {kind} is gone"
        else:
            schemas = _schema(content, old), _schema(now["content"][kind], new)
            yield from _values(label, *schemas, is_sent=label == "the request")


def _values(label: str, old: Schema, new: Schema, *, is_sent: bool) -> Iterator[str]:
    for member, what in values.breaks(old, new, is_sent=is_sent):
        yield f"{label}: {f'{member} ' if member else ''}{what}"


def _schema(holder: Node, operation: Operation) -> Schema:
    return Schema(holder.get("schema", {}), operation.document)


def _surroundings(old: Node, new: Node) -> Iterator[str]:
    """What does not belong to one operation: where the API is, how to sign in, and the words for what it refuses."""
    urls = [server["url"] for server in new.get("servers", [{"url": "/"}])]
    yield from (f"{one['url']}: is gone" for one in old.get("servers", ()) if one["url"] not in urls)
    schemes = new.get("components", {}).get("securitySchemes", {})
    for name, scheme in old.get("components", {}).get("securitySchemes", {}).items():
        if {**scheme, "description": ""} != {**schemes.get(name, {}), "description": ""}:
            yield f"{name}: is another way to sign in now"
    for code, status in sorted(_problems(old) - _problems(new)):
        yield f"{code} ({status}): no problem is called so any more"


def _problems(document: Node) -> set[tuple[str, Any]]:
    """The code and the status of each problem that is shown as an example."""
    shown = (
        follow(example, document)["value"]
        for operation in operations(document)
        for answer in operation.answers.values()
        for example in answer.get("content", {}).get(PROBLEM, {}).get("examples", {}).values()
    )
    return {(value["code"], value["status"]) for value in shown}
