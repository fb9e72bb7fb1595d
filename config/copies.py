"""The rows of a service, copied from one database to another, and compared by their count and a checksum."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import Error, connections, models, router
from django.db.models import sql

from chassis.insert_only import lifted

BATCH = 500
CHECKSUM_BITS = 256


class CannotKeep(Exception):
    """The target does not take a row: a number too large for it, or a character."""


@dataclass(frozen=True)
class Sum:
    """How many rows, and the sum of their digests: the same whatever order a database sorts them in."""

    rows: int = 0
    digest: int = 0

    def with_rows(self, rows: list[tuple[Any, ...]]) -> "Sum":
        added = sum(int.from_bytes(hashlib.sha256(canonical(row).encode()).digest()) for row in rows)
        return Sum(self.rows + len(rows), (self.digest + added) % 2**CHECKSUM_BITS)

    @property
    def checksum(self) -> str:
        return f"{self.digest:064x}"


@dataclass(frozen=True)
class Copy:
    """One table: what was read at the source, and what was then found at the target."""

    table: str
    sent: Sum
    found: Sum

    @property
    def is_equal(self) -> bool:
        return self.sent == self.found


def models_of(service: str) -> list[type[models.Model]]:
    """Everything that is kept in the service's database; Django's own record of migrations is each database's own."""
    known = apps.get_models(include_auto_created=True)
    return [model for model in known if router.db_for_read(model) == service and not model._meta.proxy]


def copy_rows(service: str, target: str, after_each_batch: Callable[[], None]) -> list[Copy]:
    """Replace the rows of `target` by those of the service, within the open transaction of `target`.

    Foreign keys are checked when that is committed, so no order among the tables is needed.
    """
    kept = models_of(service)
    empty(target, kept)
    copies = [_copy(model, service, target, after_each_batch) for model in kept]
    with connections[target].cursor() as cursor:
        for statement in connections[target].ops.sequence_reset_sql(no_style(), kept):
            cursor.execute(statement)
    return copies


def empty(alias: str, kept: Iterable[type[models.Model]]) -> None:
    tables = [model._meta.db_table for model in kept]
    with lifted(alias, tables), connections[alias].cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {connections[alias].ops.quote_name(table)}")  # noqa: S608  no input


def canonical(row: Iterable[Any]) -> str:
    """A row as text, the same for values that are the same in whatever database they are kept."""
    values = [bytes(value) if isinstance(value, memoryview) else value for value in row]
    return json.dumps([_canonical(value) for value in values], sort_keys=True, separators=(",", ":"))


def _copy(model: type[models.Model], source: str, target: str, after_each_batch: Callable[[], None]) -> Copy:
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    names = [field.attname for field in fields]
    sent = Sum()
    for rows in _batches(model, source, names):
        try:
            _insert(model, fields, [model.from_db(target, names, row) for row in rows], target)
        except Error as exc:
            raise CannotKeep(f"{model._meta.db_table} cannot be kept there as it is here: {exc}") from exc
        sent = sent.with_rows(rows)
        after_each_batch()
    found = Sum()
    for rows in _batches(model, target, names):
        found = found.with_rows(rows)
        after_each_batch()
    return Copy(model._meta.db_table, sent, found)


def _batches(model: type[models.Model], alias: str, names: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    """All rows in the order of their keys, so many at a time; the key is the last value but is not part of a row."""
    rows = model._default_manager.using(alias).order_by("pk").values_list(*names, "pk")
    batch = list(rows[:BATCH])
    while batch:
        yield [row[:-1] for row in batch]
        batch = list(rows.filter(pk__gt=batch[-1][-1])[:BATCH])


def _insert(model: type[models.Model], fields: list[Any], rows: list[models.Model], alias: str) -> None:
    """As they are: `raw`, so that no field sets a time of its own. In as many statements as the database needs."""
    size = connections[alias].ops.bulk_batch_size(fields, rows)
    for start in range(0, len(rows), size):
        query = sql.InsertQuery(model)
        query.insert_values(fields, rows[start : start + size], raw=True)
        query.get_compiler(using=alias).execute_sql()


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _canonical(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # PostgreSQL's JSON keeps 1e16 as the number that it is
    if value is None or isinstance(value, str | int | float):
        return value
    return [type(value).__name__, _as_text(value)]


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)
