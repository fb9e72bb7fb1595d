"""The operations that a document describes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.contracts.documents import JSON, Node, follow
from tests.contracts.schemas import Schema


@dataclass(frozen=True)
class Operation:
    """One operation of a document. `key` is the same whatever its path parameters are called."""

    method: str
    path: str
    node: Node
    document: Node

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def key(self) -> str:
        return key_of(str(self))

    @property
    def answers(self) -> dict[str, Node]:
        """What it may answer, by status."""
        return {status: follow(answer, self.document) for status, answer in self.node["responses"].items()}

    @property
    def successes(self) -> dict[str, Node]:
        return {status: answer for status, answer in self.answers.items() if status < "4"}

    @property
    def shown(self) -> dict[str, Schema]:
        """What each success shows in JSON, by status."""
        contents = {status: answer.get("content", {}).get(JSON) for status, answer in self.successes.items()}
        return {status: Schema(content["schema"], self.document) for status, content in contents.items() if content}

    @property
    def parameters(self) -> dict[tuple[str, str], Node]:
        """Its parameters by place and name; those of the path by their position, as nobody sends their names."""
        found = [follow(parameter, self.document) for parameter in self.node.get("parameters", ())]
        positions = {name: str(number) for number, name in enumerate(re.findall(r"{(.*?)}", self.path), 1)}
        return {
            (one["in"], positions[one["name"]] if one["in"] == "path" else one["name"].lower()): one for one in found
        }

    @property
    def body(self) -> Node:
        """Its request body, empty where it takes none."""
        return follow(self.node.get("requestBody", {}), self.document)

    @property
    def security(self) -> list[Node]:
        """The ways in, each with all that it asks for; an empty one is open to everybody."""
        ways: list[Node] = self.node.get("security", self.document.get("security", []))
        return ways or [{}]

    def serves(self, method: str, path: str) -> bool:
        """Whether a request is for this operation, as far as its path says it."""
        pattern = "[^/]+".join(re.escape(part) for part in re.split(r"{.*?}", self.path))
        return method == self.method and re.fullmatch(pattern, path) is not None


def key_of(label: str) -> str:
    """What an operation has in common with those that call their path parameters something else."""
    return re.sub(r"{.*?}", "{}", label)


def operations(document: Node) -> Iterator[Operation]:
    for path, node in document["paths"].items():
        shared = node.get("parameters", [])
        for method in node.keys() - {"parameters", "summary", "description", "servers"}:
            own = node[method]
            with_shared = {**own, "parameters": [*shared, *own.get("parameters", [])]}
            yield Operation(method.upper(), path, with_shared, document)
