"""Every operation of every service and version, as the committed API descriptions name them."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from deploy.processes import BASE

METHODS = ("get", "post", "put", "patch", "delete")
NOWHERE = "x_00000000000000000000000000"


@dataclass(frozen=True)
class Operation:
    """One method of one path; `is_public` says whether nobody in particular may ask for it."""

    method: str
    path: str
    is_public: bool
    answers: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@lru_cache
def operations() -> tuple[Operation, ...]:
    """All of them, about things that do not exist."""
    return tuple(
        Operation(method.upper(), _filled(path), _is_public(one), _resolved(one["responses"], document))
        for document in _documents()
        for path, item in document["paths"].items()
        for method, one in item.items()
        if method in METHODS
    )


def paths() -> list[str]:
    return list(dict.fromkeys(operation.path for operation in operations()))


def _documents() -> list[Any]:
    """Those of what everybody can reach."""
    files = sorted((BASE / "docs" / "api").glob("*-v*.json"))
    return [json.loads(file.read_text()) for file in files if "-internal-" not in file.name]


def _is_public(operation: Any) -> bool:
    """Nothing is asked for, or nothing is one of the things that do."""
    ways = operation.get("security", [])
    return not ways or {} in ways


def _filled(path: str) -> str:
    return re.sub(r"\{\w+\}", NOWHERE, path)


def _resolved(value: Any, document: Any) -> Any:
    """The same with every reference followed one step, as far as an answer's schema needs it."""
    if isinstance(value, dict) and "$ref" in value:
        for name in value["$ref"].removeprefix("#/").split("/"):
            document = document[name]
        return document
    if isinstance(value, dict):
        return {name: _resolved(inner, document) for name, inner in value.items()}
    return value
