"""Lists as CSV (RFC 4180): a row for each member, with dotted names for what is nested in it."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from rest_framework.serializers import Serializer

# What a spreadsheet takes for a formula (OWASP, CSV injection), also in the full width of East Asian keyboards.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  these are meant
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

Row = dict[str, Any]


def table(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """The rows under a header. What a spreadsheet would run is text there, and a number stays a number."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    paths = [column.split(".") for column in columns]
    writer.writerows([_cell(_at(row, path)) for path in paths] for row in rows)
    return written.getvalue().encode()


@lru_cache
def columns_of(shape: type[Serializer[Any]]) -> tuple[str, ...]:
    """The columns of a shape, the same for an empty list as for a full one."""
    return tuple(_names(shape(), ""))


def _names(shape: Serializer[Any], prefix: str) -> Iterator[str]:
    for name, field in shape.fields.items():
        if isinstance(field, Serializer):
            yield from _names(field, f"{prefix}{name}.")
        elif not field.write_only:
            yield prefix + name


def _at(row: Any, path: Sequence[str]) -> Any:
    for name in path:
        row = row.get(name) if isinstance(row, dict) else None
    return row


def _cell(value: Any) -> str:
    """A list, and an object of whatever members, is JSON in its cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) and not _NUMBER.fullmatch(value) else value
    return msgspec.json.encode(value).decode()
