"""Lists without model instances: a query's rows become what clients see by hand, at a fraction of a serializer's cost.

A projection answers exactly what the shape that documents it would; a test compares the bytes, for every one of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Projection:
    """The columns that a list reads, and what it makes of the rows of one page; more queries only for all of them."""

    columns: tuple[str, ...]
    show: Callable[[list[Row]], list[Row]]


def milliseconds(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.000Z`."""
    return None if moment is None else f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"
