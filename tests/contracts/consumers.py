"""What each client reads and sends, as it was recorded, held against what its provider's document says now."""

from collections.abc import Iterator

from jsonschema import Draft202012Validator

from tests.contracts.documents import API, JSON, Node, read_documents, title, write_document
from tests.contracts.operations import Operation, key_of, operations
from tests.contracts.schemas import Path, Schema, path_of
from tests.contracts.values import suits

CONSUMERS = API / "consumers"


def read_recordings() -> dict[str, Node]:
    """What was recorded of each client, by its module in `clients/`."""
    return read_documents(CONSUMERS)


def write_recordings(recordings: dict[str, Node]) -> None:
    """Write what was recorded, and forget what was recorded of clients that are gone."""
    CONSUMERS.mkdir(exist_ok=True)
    for file in CONSUMERS.glob("*.json"):
        file.unlink()
    for name, recording in recordings.items():
        write_document(CONSUMERS / f"{name}.json", recording)


def complaints(recordings: dict[str, Node], documents: dict[str, Node]) -> list[str]:
    """What clients would miss or be refused, each with the method that would; empty if all find what they rely on."""
    return [
        f"{method} {complaint}"
        for recording in recordings.values()
        for method, asked in recording.items()
        for one in asked
        for complaint in _complaints(one, documents)
    ]


def _complaints(recorded: Node, documents: dict[str, Node]) -> Iterator[str]:
    provider, key = title(recorded["document"]), key_of(recorded["operation"])
    described = operations(documents.get(recorded["document"], {"paths": {}}))
    operation = next((one for one in described if one.key == key), None)
    if operation is None:
        yield f"asks {recorded['operation']}, which {provider} no longer has"
        return
    for sent in recorded["sends"]:
        yield from _refused(sent, operation, provider)
    for status, read in recorded["reads"].items():
        yield from _missed(status, read, operation, provider)


def _missed(status: str, read: Node, operation: Operation, provider: str) -> Iterator[str]:
    where = f"of {operation} {status}"
    if status not in operation.shown:
        yield f"reads the answer {where}, which {provider} no longer gives"
        return
    for name, kinds in sorted((read.get("needs", {}) | read.get("uses", {})).items()):
        loss = _loss(
            operation.shown[status], path_of(name), kinds.split(" or "), is_needed=name in read.get("needs", {})
        )
        if loss:
            yield f"reads '{name}' {where}, which {provider} {loss}"


def _loss(answer: Schema, path: Path, known: list[str], *, is_needed: bool) -> str:
    """What has become of a member; empty if it is what the client knows."""
    found = answer.inner(path)
    if found is None:
        return "no longer has"
    if is_needed and not answer.always_has(path):
        return "may leave out"
    strange = [kind for kind in found.kinds if not any(suits(kind, one) for one in known)]
    return f"may answer with {' or '.join(strange)}, not {' or '.join(known)}" if strange else ""


def _refused(sent: Node, operation: Operation, provider: str) -> Iterator[str]:
    query = sent.get("query", {})
    named = {"header": {name.lower() for name in sent["headers"]}, "query": {*query}}
    for (place, name), parameter in operation.parameters.items():
        if place in named and parameter.get("required") and name not in named[place]:
            yield f"does not send the {place} parameter '{parameter['name']}' that {operation} of {provider} requires"
    for name in sorted(query.keys() - {name for place, name in operation.parameters if place == "query"}):
        yield f"sends the query parameter '{name}' that {operation} of {provider} does not know"
    if {} not in operation.security and "authorization" not in named["header"]:
        yield f"does not say who it is, which {operation} of {provider} asks"
    yield from _refused_body(sent.get("body"), operation, provider)


def _refused_body(body: object, operation: Operation, provider: str) -> Iterator[str]:
    """An empty object is as good as nothing where nothing is read."""
    content = operation.body.get("content", {})
    if content and JSON not in content:
        yield f"sends JSON, which {operation} of {provider} does not read"
    elif body and not content:
        yield f"sends a body that {operation} of {provider} does not read"
    elif content:
        schema = {**content[JSON]["schema"], "components": operation.document.get("components", {})}
        for error in Draft202012Validator(schema).iter_errors(body):
            yield f"sends a body that {operation} of {provider} refuses: {error.json_path} {error.message}"
