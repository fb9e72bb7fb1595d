"""Where two recordings differ, said so that a person can find it."""

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from tests.equivalence.recording import Recording

MISSING = "(nothing)"
LONGEST = 160


def differences(expected: Recording, found: Recording) -> list[str]:
    """One line for each thing that is not the same: the step or table, the place in it, both values."""
    return [*_in_steps(expected, found), *_in_rows(expected, found)]


def steps_that_differ(expected: Recording, found: Recording) -> list[str]:
    """The names of the steps, and of the tables, in which there is a difference."""
    names = (line.partition(" → ")[0] for line in differences(expected, found))
    return list(dict.fromkeys(names))


def _in_steps(expected: Recording, found: Recording) -> Iterator[str]:
    for one, other in zip_longest(expected.steps, found.steps, fillvalue={"step": MISSING}):
        name = one["step"] if one["step"] != MISSING else other["step"]
        yield from (f"{name} → {line}" for line in _between(one, other))


def _in_rows(expected: Recording, found: Recording) -> Iterator[str]:
    for table in sorted({*expected.rows, *found.rows}):
        here, there = expected.rows.get(table, []), found.rows.get(table, [])
        lost, extra = _not_in(here, there), _not_in(there, here)
        for one, other in zip_longest(lost, extra, fillvalue=MISSING):
            yield from (f"rows of {table} → {line}" for line in _between(one, other))


def _not_in(rows: list[Any], others: list[Any]) -> list[Any]:
    left = [json.dumps(row, sort_keys=True) for row in others]
    missing = []
    for row in rows:
        text = json.dumps(row, sort_keys=True)
        if text in left:
            left.remove(text)
        else:
            missing.append(row)
    return missing


def _between(one: Any, other: Any, path: str = "") -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            yield from _between(one.get(name, MISSING), other.get(name, MISSING), f"{path}/{name}")
    elif isinstance(one, list) and isinstance(other, list):
        for position, (inner, outer) in enumerate(zip_longest(one, other, fillvalue=MISSING)):
            yield from _between(inner, outer, f"{path}/{position}")
    elif type(one) is not type(other) or one != other:
        yield f"{path}: {_short(one)} ≠ {_short(other)}"


def _short(value: Any) -> str:
    text = value if value == MISSING else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
