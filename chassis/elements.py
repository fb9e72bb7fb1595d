"""Answers as XML: well-formed whatever text is in them, and the same each time."""

import re
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape  # it writes; nothing is parsed here

NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_NAME = re.compile(r"(?!xml)[A-Za-z_][A-Za-z0-9_.-]*", re.IGNORECASE)
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile(f"[&<>\r]|{_ILLEGAL.pattern}")
CARRIAGE_RETURN = {"\r": "&#13;"}
SPACES = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def document(root: str, value: Any) -> bytes:
    """The value as one document. Null is `xsi:nil`; what no XML can hold becomes U+FFFD."""
    pieces = [f'<?xml version="1.0" encoding="utf-8"?>\n<{root} {NIL}>']
    _write_content(pieces, value)
    pieces.append(f"</{root}>\n")
    return "".join(pieces).encode()


def _write_element(pieces: list[str], name: str, value: Any) -> None:
    start, end = _tags(name)
    if value is None:
        pieces.append(f'<{start} xsi:nil="true"/>')
        return
    pieces.append(f"<{start}>")
    _write_content(pieces, value)
    pieces.append(f"</{end}>")


def _write_content(pieces: list[str], value: Any) -> None:
    if isinstance(value, str):
        pieces.append(_text(value) if _SPECIAL.search(value) else value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _write_element(pieces, name, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _write_element(pieces, "item", inner)
    else:
        pieces.append(str(value).lower())


@lru_cache
def _tags(name: str) -> tuple[str, str]:
    """What stands in the tags of a member; a name that is none in XML stands in an attribute."""
    if _NAME.fullmatch(name):
        return name, name
    legal = escape(_ILLEGAL.sub("\ufffd", name), {**CARRIAGE_RETURN, **SPACES})
    return f'member name="{legal}"', "member"


def _text(text: str) -> str:
    """A reader would turn a carriage return into a line feed."""
    return escape(_ILLEGAL.sub("\ufffd", text), CARRIAGE_RETURN)
