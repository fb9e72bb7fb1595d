"""The rows that a script leaves behind, service by service, as far as they can be compared."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.equivalence.placeholders import Placeholders

Row = dict[str, Any]

# Django's own bookkeeping is no row of a service: what it lists depends on which apps share a process.
BOOKKEEPING = ("django_", "auth_", "sqlite_")


def read_rows(databases: dict[str, Path], placeholders: Placeholders) -> dict[str, Any]:
    """Every row of every service, in an order that does not depend on which was written first."""
    tables = {
        f"{service} {table}": rows
        for service, path in databases.items()
        for table, rows in _tables(path).items()
        if not table.startswith(BOOKKEEPING)
    }
    ordered = {name: sorted(rows, key=lambda row: _order(row, placeholders)) for name, rows in sorted(tables.items())}
    return {name: placeholders.of(rows) for name, rows in ordered.items()}


def _tables(path: Path) -> dict[str, list[Row]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [_plain(row) for row in database.execute(f'SELECT * FROM "{name}"')] for name in names}


def _order(row: Row, placeholders: Placeholders) -> str:
    return json.dumps(placeholders.of_known(row), sort_keys=True)


def _plain(row: sqlite3.Row) -> Row:
    return {name: _comparable(name, row[name]) for name in row.keys() if not _counts(name, row[name])}  # noqa: SIM118


def _counts(name: str, value: Any) -> bool:
    """A counted primary key says which row came first, which ten requests at once do not decide twice the same way."""
    return name == "id" and isinstance(value, int)


def _comparable(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        # A stored answer: sealed with a random vector, so that equal answers look different.
        return "{sealed}"
    if name == "password":
        # Salted at random.
        return "{password}"
    if name in {"failures", "last_failure"}:
        # How often a worker has tried, and what was in the way last, depends on how quick it was.
        return bool(value)
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return json.loads(value)
    return value
