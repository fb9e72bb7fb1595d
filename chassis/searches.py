"""A search finds letters of any alphabet whatever their case: PostgreSQL by itself, SQLite with what is here."""

import re
from functools import lru_cache
from typing import Any

_PART = re.compile(r"\\(.)|(%)|(_)|([^\\%_]+)", re.DOTALL)


def fold_all_letters(connection: Any, **_: Any) -> None:
    """Give a new SQLite connection a LIKE that folds all letters; `icontains` and `iexact` are made of it."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("like", 3, _like, deterministic=True)


def _like(pattern: str | None, text: Any, _escape: str) -> bool | None:
    if pattern is None or text is None:
        return None
    return _compiled(pattern).fullmatch(_folded(str(text))) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as Django writes it: `%` is any text, `_` any character, a backslash takes that meaning away."""
    parts = (
        ".*" if anything else "." if one else re.escape(_folded(escaped or text))
        for escaped, anything, one, text in _PART.findall(pattern)
    )
    return re.compile("".join(parts), re.DOTALL)


def _folded(text: str) -> str:
    """In capitals, letter by letter as PostgreSQL has it: ß stays one letter."""
    capitals = text.upper()
    if len(capitals) == len(text):
        return capitals
    return "".join(letter if len(letter.upper()) > 1 else letter.upper() for letter in text)
