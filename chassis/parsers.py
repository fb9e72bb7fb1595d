"""Reading bodies strictly: what is not understood is refused, never guessed."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from chassis.problems import InvalidRequest


class StrictJSON(BaseParser):
    """JSON (RFC 8259) in UTF-8. Names given twice, NaN, and nesting that no request needs are refused."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return self.decode(stream.read().decode())
        except UnicodeDecodeError as exc:
            raise InvalidRequest("The body is not UTF-8") from exc

    def decode(self, text: str) -> Any:
        """The value that `text` writes. Raises InvalidRequest."""
        try:
            return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
        except RecursionError as exc:
            raise InvalidRequest("The JSON is nested too deeply") from exc
        except ValueError as exc:
            raise InvalidRequest("The body is not JSON") from exc


class MergePatch(StrictJSON):
    """A JSON merge patch (RFC 7396)."""

    media_type = "application/merge-patch+json"


class StructuredCloudEvent(StrictJSON):
    """A CloudEvent in structured mode."""

    media_type = "application/cloudevents+json"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise InvalidRequest("A name stands twice in one JSON object")
    return members


def _refuse(constant: str) -> None:
    raise InvalidRequest(f"{constant} is not JSON")
