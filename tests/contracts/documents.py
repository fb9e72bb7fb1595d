"""The API's documents as files, and what stands in them."""

import json
from pathlib import Path
from typing import Any

from deploy.processes import BASE

API = BASE / "docs" / "api"
INTERNAL = "internal"
JSON = "application/json"

Node = dict[str, Any]


def read_documents(folder: Path = API) -> dict[str, Node]:
    """The documents of a folder by name, `orders-v2`."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))}


def write_document(file: Path, document: Node) -> None:
    """Write it as `manage.py openapi` does."""
    file.write_text(json.dumps(document, indent=2) + "\n")


def public(documents: dict[str, Node]) -> dict[str, Node]:
    """Those that are served: what is internal is promised to our own clients only."""
    return {name: document for name, document in documents.items() if INTERNAL not in name}


def title(name: str) -> str:
    """As people say it: `payments v1`."""
    return name.replace("-", " ", 1)


def follow(node: Node, document: Node) -> Node:
    """What stands where a reference leads."""
    while "$ref" in node:
        node = at(node["$ref"], document)
    return node


def at(reference: str, document: Node) -> Node:
    """What `#/components/schemas/Order` leads to."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found
