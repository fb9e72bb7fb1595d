"""Reading bodies strictly: what is not understood is refused, never guessed."""

import json
import math
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.parsers import BaseParser

from chassis.problems import InvalidRequest

MAX_DEPTH = 32
TOO_DEEP = f"The JSON is nested more than {MAX_DEPTH} deep"
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class StrictJSON(BaseParser):
    """JSON (RFC 8259) in UTF-8.

    Names given twice, NaN, halves of characters, and nesting that no request needs are refused.
    """

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
        if text.startswith("\ufeff"):
            raise InvalidRequest("The body begins with a byte order mark: send it without")
        try:
            value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse, parse_float=_finite)
        except RecursionError as exc:
            raise InvalidRequest(TOO_DEEP) from exc
        except ValueError as exc:
            raise InvalidRequest("The body is not JSON") from exc
        _refuse_depth(value)
        _refuse_halves(text, value)
        return value


class MergePatch(StrictJSON):
    """A JSON merge patch (RFC 7396)."""

    media_type = "application/merge-patch+json"
    methods = frozenset({"PATCH"})


class StructuredCloudEvent(StrictJSON):
    """A CloudEvent in structured mode."""

    media_type = "application/cloudevents+json"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise InvalidRequest("A name stands twice in one JSON object")
    return members


def _refuse_depth(value: Any) -> None:
    """Whoever walks through a body later may do so by recursion."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise InvalidRequest(TOO_DEEP)


def _refuse_halves(text: str, value: Any) -> None:
    """Half a surrogate pair is no character: PostgreSQL does not keep it, and no answer could repeat it."""
    if _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as exc:
            raise InvalidRequest("The JSON holds half a surrogate pair, which is no character") from exc


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _finite(number: str) -> float:
    value = float(number)
    return value if math.isfinite(value) else _refuse(number)


def _refuse(constant: str) -> NoReturn:
    raise InvalidRequest(f"{constant} is not JSON")
