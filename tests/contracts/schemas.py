"""JSON schemas (2020-12) where they stand in a document: what they say, however it is written down."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.contracts.documents import Node, at

KINDS: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    list: "array",
    dict: "object",
}


ITEM = "[]"
Path = tuple[str, ...]  # to `lines[].quantity`: ("lines", ITEM, "quantity")


@dataclass(frozen=True)
class Schema:
    """A schema in its document. `trail` are the references that led to it, so that a circle of them ends."""

    source: Node
    document: Node
    trail: tuple[str, ...] = ()

    @property
    def node(self) -> Node:
        """What it says, with references followed and what stands in `allOf` put together."""
        return self._whole.source

    @cached_property
    def branches(self) -> list["Schema"]:
        """The alternatives that it allows, each of one kind, or of any where it names none."""
        for word in ("oneOf", "anyOf"):
            if word in self.node:
                rest = {name: value for name, value in self.node.items() if name != word}
                parts = [self._inner(part)._whole for part in self.node[word]]
                joined = [Schema(_both(rest, part.source), self.document, part.trail) for part in parts]
                return [branch for part in joined for branch in part.branches]
        kinds = self.node.get("type")
        return [self._inner(_only(kind, self.node)) for kind in kinds] if isinstance(kinds, list) else [self]

    @property
    def kind(self) -> str:
        """That of a branch: `string`, or `any` if it does not say."""
        values = self.values
        return str(self.node.get("type") or (KINDS[type(values[0])] if values else "any"))

    @property
    def kinds(self) -> list[str]:
        return sorted({branch.kind for branch in self.branches})

    @property
    def values(self) -> list[Any] | None:
        """The only values that it allows, if they are listed."""
        return [self.node["const"]] if "const" in self.node else self.node.get("enum")

    @cached_property
    def members(self) -> dict[str, "Schema"]:
        return {name: self._inner(inner) for name, inner in self.node.get("properties", {}).items()}

    @property
    def required(self) -> set[str]:
        return {*self.node.get("required", ())}

    @property
    def others(self) -> "Schema | None":
        """What members that it does not name may be; None if there may be none."""
        others = self.node.get("additionalProperties", True)
        return None if others is False else self._inner({} if others is True else others)

    @property
    def items(self) -> "Schema":
        return self._inner(self.node.get("items", {}))

    def inner(self, path: Path) -> "Schema | None":
        """That of a member within, if there is any."""
        found: Schema | None = self
        for part in path:
            within = [branch._within(part) for branch in found.branches] if found else []
            found = next((one for one in within if one), None)
        return found

    def always_has(self, path: Path) -> bool:
        """Whether the member that a path leads to cannot be left out where the one that has it is there."""
        holder = self.inner(path[:-1])
        holders = [branch for branch in holder.branches if branch.kind == "object"] if holder else []
        return all(path[-1] in branch.required for branch in holders)

    def _within(self, part: str) -> "Schema | None":
        return (self.items if self.kind == "array" else None) if part == ITEM else self.members.get(part)

    @cached_property
    def _whole(self) -> "Schema":
        node, trail = dict(self.source), self.trail
        while node.get("$ref") and node["$ref"] not in trail:
            reference = node.pop("$ref")
            node, trail = {**at(reference, self.document), **node}, (*trail, reference)
        for part in node.pop("allOf", ()):
            whole = Schema(part, self.document, trail)._whole
            node, trail = _both(node, whole.source), whole.trail
        return Schema(node, self.document, trail)

    def _inner(self, node: Node) -> "Schema":
        return Schema(node, self.document, self._whole.trail)


def label(path: Path) -> str:
    """`lines[].quantity`."""
    return ".".join(path).replace(f".{ITEM}", ITEM)


def path_of(label: str) -> Path:
    """The path that has this label."""
    return tuple(part for part in label.replace(ITEM, f".{ITEM}").split(".") if part)


def _both(one: Node, other: Node) -> Node:
    """A schema that says what both say; where they contradict each other, what the second one says."""
    joined = {**one, **other}
    if members := {**one.get("properties", {}), **other.get("properties", {})}:
        joined["properties"] = members
    if required := [*one.get("required", ()), *other.get("required", ())]:
        joined["required"] = required
    return joined


def _only(kind: str, node: Node) -> Node:
    """What a schema of several kinds says of one of them."""
    if kind == "null":
        return {"type": "null"}
    listed = {"enum": [value for value in node["enum"] if value is not None]} if "enum" in node else {}
    return {**node, **listed, "type": kind}
