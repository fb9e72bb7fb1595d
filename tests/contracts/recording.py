"""What a client sends, and which members of the answers matter to it, found out by asking.

A member matters if the client makes something else of an answer that is without it, or has another value in it.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import requests

from chassis import context
from tests.contracts.asking import ASKINGS, Asking, methods
from tests.contracts.documents import Node
from tests.contracts.operations import Operation
from tests.contracts.schemas import ITEM, Path, label
from tests.contracts.stand_ins import Answer, Asked, StandIn, examples

# What every call has, whatever it asks.
OF_EVERY_CALL = {"Accept", "Content-Length", context.DEADLINE, context.TRACEPARENT, *context.outgoing_headers()}


class NotReadable(Exception):
    """A client can make nothing of an answer that the provider's document allows."""


def record_all(documents: dict[str, Node]) -> dict[str, Node]:
    """What each method of each client sends and reads, by the client's module. Raises NotReadable."""
    return {name: {method: record(method, documents) for method in found} for name, found in methods().items()}


def record(method: str, documents: dict[str, Node]) -> list[Node]:
    """Every operation that a method asks for, what it sends there, and what it needs and uses of each answer."""
    found: dict[str, Node] = {}
    for asking in ASKINGS[method]:
        made, everything_asked = _ask(asking, documents)
        if not everything_asked:
            raise LookupError(f"{method} asks for nothing that is documented: {made}")
        for asked in everything_asked:
            fresh = {"operation": str(asked.operation), "document": asked.document, "sends": [], "reads": {}}
            one = found.setdefault(asked.operation.key, fresh)
            if (sent := _sent(asked.request)) not in one["sends"]:
                one["sends"].append(sent)
            for status, body in examples(asked.operation).items():
                read = one["reads"].setdefault(status, {})
                for use, kinds in _Trial(method, asking, documents, asked.operation, status).reads(body).items():
                    read[use] = read.get(use, {}) | kinds
    return list(found.values())


def _ask(asking: Asking, documents: dict[str, Node], answer: Answer | None = None) -> tuple[Any, list[Asked]]:
    """What comes of asking, which may be an exception, and what was asked for."""
    stand_in = StandIn(documents, answer)
    nothing_known = patch("chassis.known_answers.keeps_answers", return_value=False)
    with nothing_known, patch("chassis.calls.transport_to", return_value=stand_in):
        try:
            return asking(), stand_in.asked
        except Exception as exc:  # noqa: BLE001  whatever it is, the client made nothing of the answer
            return exc, stand_in.asked


def _sent(request: requests.PreparedRequest) -> Node:
    query = dict(parse_qsl(urlsplit(request.url or "").query))
    sent: Node = {"headers": sorted({*request.headers} - OF_EVERY_CALL)}
    return sent | ({"query": query} if query else {}) | ({"body": json.loads(request.body)} if request.body else {})


@dataclass(frozen=True)
class _Trial:
    """One answer to one way of asking, changed in one place after the other."""

    method: str
    asking: Asking
    documents: dict[str, Node]
    operation: Operation
    status: str

    def reads(self, body: Any) -> dict[str, dict[str, str]]:
        """The kinds of the members that it needs, and of those that it uses where they are there."""
        usual = self._made_of(body, "")
        found: dict[str, dict[str, str]] = {"needs": {}, "uses": {}}
        for path in _members(body):
            without, other = self._ask(_without(body, path)), self._ask(_with(body, path, _another))
            if isinstance(without, Exception) or not usual == without == other:
                kinds = self._kinds(path)
                found["needs" if isinstance(without, Exception) else "uses"][label(path)] = " or ".join(kinds)
                if "null" in kinds:
                    self._made_of(_with(body, path, lambda _: None), f" with null as {label(path)}")
        return {use: names for use, names in found.items() if names}

    def _ask(self, body: Any) -> Any:
        return _ask(self.asking, self.documents, Answer(self.operation.key, self.status, body))[0]

    def _made_of(self, body: Any, what: str) -> Any:
        """What the method makes of an answer that it must be able to read."""
        made = self._ask(body)
        if isinstance(made, Exception):
            raise NotReadable(f"{self.method} cannot read {self.operation} {self.status}{what}: {made}") from made
        return made

    def _kinds(self, path: Path) -> list[str]:
        schema = self.operation.shown[self.status].inner(path)
        return schema.kinds if schema else []


def _members(value: Any) -> Iterator[Path]:
    """The way to every member of a body, within the first item of a list."""
    if isinstance(value, list) and value:
        yield from ((ITEM, *path) for path in _members(value[0]))
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield (name,)
        yield from ((name, *path) for path in _members(inner))


def _without(body: Any, path: Path) -> Any:
    changed = deepcopy(body)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _with(body: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    changed = deepcopy(body)
    holder = _at(changed, path[:-1])
    holder[path[-1]] = change(holder[path[-1]])
    return changed


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[0 if part == ITEM else part]
    return value


def _another(value: Any) -> Any:
    """Another value of the same kind; an empty one where that is all there is to say."""
    if isinstance(value, bool):
        return not value
    return value + type(value)("1") if isinstance(value, int | float | str) else type(value)() if value else value
