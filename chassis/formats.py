"""The formats of answers for programs. Whatever a client asked for, a problem is `application/problem+json`."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from chassis.cells import columns_of, table
from chassis.elements import document
from chassis.problems import MEDIA_TYPE

READS = {"GET", "HEAD"}
SEPARATOR = 0xE2  # what the line and paragraph separators begin with in UTF-8
MAX_PACKED, MIN_PACKED = 2**64 - 1, -(2**63)

About = Mapping[str, Any] | None


class JSON(BaseRenderer):
    """The same bytes as DRF's, many times as fast. A page shows it indented."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: About = None) -> bytes:
        if data is None:
            return b""
        content = _as_json.encode(data)
        if renderer_context and "indent" in renderer_context:
            content = msgspec.json.format(content, indent=renderer_context["indent"])
        return _escaped(content) if SEPARATOR in content else content


class ProblemJSON(JSON):
    """RFC 9457."""

    media_type = MEDIA_TYPE
    format = "problem"


class MessagePack(BaseRenderer):
    """The members of the JSON answer, packed. An integer that does not fit into 64 bits is a text."""

    media_type = "application/msgpack"
    format = "msgpack"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: About = None) -> bytes:
        if data is None:
            return b""
        members = plain(data)
        try:
            return _as_msgpack.encode(members)
        except OverflowError:
            return _as_msgpack.encode(_packable(members))


class XML(BaseRenderer):
    """The members of the JSON answer as elements within `answer`, those of a list as `item`."""

    media_type = "application/xml"
    format = "xml"
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: About = None) -> bytes:
        return b"" if data is None else document("answer", plain(data))


class CSV(BaseRenderer):
    """The members of a list, one a row (RFC 4180); pages are linked in the `Link` header."""

    media_type = "text/csv; header=present"
    format = "csv"
    charset = "utf-8"

    def suits(self, view: Any, method: str) -> bool:
        return method in READS and shape_of_members(view) is not None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: About = None) -> bytes:
        if data is None:
            return b""
        shape = shape_of_members((renderer_context or {})["view"])
        return table(plain(data["data"]), columns_of(shape))


class PlainText(BaseRenderer):
    """What a view's `as_text` makes of the thing that it shows, where it has one."""

    media_type = "text/plain"
    format = "text"
    charset = "utf-8"

    def suits(self, view: Any, method: str) -> bool:
        return method in READS and getattr(view, "as_text", None) is not None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: About = None) -> str:
        about = renderer_context or {}
        text: str = "" if data is None else about["view"].as_text(about["response"].thing)
        return text


def plain(value: Any) -> Any:
    """The value as JSON would carry it, in Python's own types."""
    return msgspec.to_builtins(value, str_keys=True, enc_hook=_known)


def write_as_problem(response: Response) -> None:
    """Have a refusal written as a problem, unless a person reads it as a page."""
    if response.accepted_renderer.format != "api":
        response.accepted_renderer = ProblemJSON()


def shape_of_members(view: Any) -> Any:
    """The shape of what the view's GET lists, None where it answers something else."""
    declared = getattr(view, "methods", {}).get("GET")
    return view.shape(declared.lists) if declared and declared.lists else None


def _escaped(content: bytes) -> bytes:
    """U+2028 and U+2029 end a line in old JavaScript, so DRF escapes them."""
    return content.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")


def _known(value: Any) -> Any:
    """What msgspec has no form for: subclasses of text and of numbers, texts still to be translated, and iterators."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no form in an answer")


def _packable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _packable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_packable(inner) for inner in value]
    return str(value) if isinstance(value, int) and not MIN_PACKED <= value <= MAX_PACKED else value


_as_json = msgspec.json.Encoder(enc_hook=_known)
_as_msgpack = msgspec.msgpack.Encoder()
