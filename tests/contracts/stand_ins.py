"""Any provider, as its clients meet it at the transport: it answers what its document shows as examples."""

import io
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from chassis.examples import example
from tests.contracts.documents import JSON, Node
from tests.contracts.operations import Operation, operations


@dataclass(frozen=True)
class Asked:
    """What a client asked for, and of which document."""

    document: str
    operation: Operation
    request: requests.PreparedRequest


@dataclass(frozen=True)
class Answer:
    """What one operation is to answer, instead of the first example of its document."""

    operation: str
    status: str
    body: Any


@dataclass
class StandIn(BaseAdapter):
    documents: dict[str, Node]
    answer: Answer | None = None
    asked: list[Asked] = field(default_factory=list)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        name, operation = self._find(str(request.method), urlsplit(request.url or "").path)
        self.asked.append(Asked(name, operation, request))
        if self.answer and self.answer.operation == operation.key:
            return _response(request, self.answer.status, self.answer.body)
        return _response(request, *next(iter(examples(operation).items())))

    def close(self) -> None:
        """Nothing is held open."""

    def _find(self, method: str, path: str) -> tuple[str, Operation]:
        """Where one path fits and another fits by its parameters, it is the one."""
        found = [
            (name, operation)
            for name, document in self.documents.items()
            for operation in operations(document)
            if operation.serves(method, path)
        ]
        if not found:
            raise LookupError(f"no document tells of {method} {path}")
        return min(found, key=lambda one: one[1].path.count("{"))


def examples(operation: Operation) -> dict[str, Any]:
    """A body for every success that has one, by status."""
    schemas = operation.document["components"]["schemas"]
    return {status: example(schema.source, schemas) for status, schema in operation.shown.items()}


def _response(request: requests.PreparedRequest, status: str, body: Any) -> requests.Response:
    content = json.dumps(body).encode()
    headers = {"Content-Type": JSON, "Content-Length": str(len(content))}
    raw = HTTPResponse(body=io.BytesIO(content), headers=headers, status=int(status), preload_content=False)
    return HTTPAdapter().build_response(request, raw)
