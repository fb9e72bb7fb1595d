"""Before anything is measured: contenders whose answers differ do not do the same work."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from benchmarks.clients import WrongAnswer, connected
from benchmarks.rounds import Contender
from benchmarks.stores import Store


def require_agreement(contenders: list[Contender], *, leave_out: frozenset[str] = frozenset()) -> None:
    """Ask each of them once. Raises WrongAnswer unless all tell the same of the same orders, `leave_out` apart."""
    first, *others = contenders
    expected = _told(first, leave_out)
    for other in others:
        told = _told(other, leave_out)
        if told != expected:
            raise WrongAnswer(f"{other.name} says {_difference(told, expected)}")


def require_same_rows(contenders: list[Contender], store: Store) -> None:
    """Ask each of them once. Raises WrongAnswer unless all have made as many rows in the same tables."""
    made = {contender.name: _rows_made(contender, store) for contender in contenders}
    expected = made[contenders[0].name]
    for name, rows in made.items():
        if rows != expected:
            raise WrongAnswer(f"{name} made {rows} instead of {expected}")


def orders_in(answer: bytes) -> list[dict[str, Any]]:
    """The orders of a page, or the one order, whichever framework wrote it."""
    content = json.loads(answer)
    if isinstance(content, list):
        return content
    return next((content[name] for name in ("data", "results", "items") if name in content), [content])


def _rows_made(contender: Contender, store: Store) -> dict[str, int]:
    before = _counts(store)
    with connected(contender.server) as client:
        contender.ask(client)
    return {table: count - before[table] for table, count in _counts(store).items() if count != before[table]}


def _counts(store: Store) -> dict[str, int]:
    """How many rows each table of orders has."""
    return {table: store.select(f"SELECT count(*) FROM {table}")[0][0] for table in store.tables()}  # noqa: S608


def _told(contender: Contender, leave_out: frozenset[str]) -> list[Any]:
    with connected(contender.server) as client:
        found = orders_in(contender.ask(client))
    return [_plain(order, leave_out) for order in found]


def _plain(value: Any, leave_out: frozenset[str], name: str = "") -> Any:
    """A value whose moments and rates can be compared, whichever way they are written."""
    if isinstance(value, list):
        return [_plain(one, leave_out) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one, leave_out, key) for key, one in value.items() if key not in leave_out}
    if name.endswith("_at") and value:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Decimal(value) if name == "tax_rate" else value


def _difference(told: Any, expected: Any) -> str:
    """The first place where they differ."""
    if isinstance(told, list) and isinstance(expected, list) and len(told) == len(expected):
        return next(_difference(one, two) for one, two in zip(told, expected, strict=True) if one != two)
    if isinstance(told, dict) and isinstance(expected, dict) and told.keys() == expected.keys():
        name = next(name for name in told if told[name] != expected[name])
        return f"{name}: {_difference(told[name], expected[name])}"
    return f"{told!r:.500} instead of {expected!r:.500}"
