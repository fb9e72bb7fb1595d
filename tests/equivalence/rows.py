"""The rows that a script leaves behind, service by service, as far as they can be compared."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.equivalence.placeholders import Placeholders
from tests.topologies.stores import Store

Row = dict[str, Any]

# Django's own bookkeeping is no row of a service: what it lists depends on which apps share a process.
BOOKKEEPING = ("django_", "auth_", "sqlite_")


# Salted at random; and a time, as tokens have it.
UNLIKE = {"password": "{password}", "not_before": "{seconds}"}


def read_rows(store: Store, placeholders: Placeholders) -> dict[str, Any]:
    """Every row of every service, in an order that does not depend on which was written first."""
    tables = {f"{service} {table}": rows for service in store.urls for table, rows in _tables(store, service).items()}
    ordered = {name: sorted(rows, key=lambda row: _order(row, placeholders)) for name, rows in sorted(tables.items())}
    return {name: placeholders.of(rows) for name, rows in ordered.items()}


def _tables(store: Store, service: str) -> dict[str, list[Row]]:
    names = [name for name in store.tables(service) if not name.startswith(BOOKKEEPING)]
    return {name: [_plain(row) for row in store.select(service, f'SELECT * FROM "{name}"')] for name in names}


def _order(row: Row, placeholders: Placeholders) -> tuple[str, str]:
    """By what is known of it; what is alike, in the order of its making, which its id tells."""
    return json.dumps(placeholders.of_known(row), sort_keys=True), str(row.get("id", ""))


def _plain(row: Row) -> Row:
    return {name: _comparable(name, value) for name, value in row.items() if not _counts(name, value)}


def _counts(name: str, value: Any) -> bool:
    """A counted primary key says which row came first, which ten requests at once do not decide twice the same way."""
    return name == "id" and isinstance(value, int)


def _comparable(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        # A stored answer: sealed with a random vector, so that equal answers look different.
        return "{sealed}"
    if name in UNLIKE:
        return UNLIKE[name]
    if name in {"failures", "last_failure"}:
        # How often a worker has tried, and what was in the way last, depends on how quick it was.
        return bool(value)
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return _comparable(name, json.loads(value))
    if isinstance(value, dict):
        return {inner: _comparable(inner, fact) for inner, fact in value.items()}
    return _of_either_database(value)


def _of_either_database(value: Any) -> Any:
    """PostgreSQL has types where SQLite has text and numbers; the same fact looks the same."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, bool | Decimal | float):
        return int(value) if value == int(value) else float(value)
    return value
