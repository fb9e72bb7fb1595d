"""Rows written by statements that are composed once: composing one takes Django longer than the database takes for it.

Only what models here have is known: columns with plain values. There are no signals, and no expressions.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connections, router
from django.db.models import AutoField, Model

ROWS_A_STATEMENT = 100


def insert(*rows: Model) -> None:
    """Write new rows of one model. Raises what the database does, such as IntegrityError.

    A key that the database makes is set, in a row that is inserted alone.
    """
    for first in range(0, len(rows), ROWS_A_STATEMENT):
        _insert(rows[first : first + ROWS_A_STATEMENT])


def insert_new(row: Model, *, returning: str = "") -> bool:
    """Write the row unless one with its key is there; returns whether it was written.

    If it was, the database evaluates `returning`, an expression of ours, in the same statement.
    """
    table = _Table.of(type(row))
    connection = connections[table.database]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in table.given]
    back = f" RETURNING {returning}" if returning else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{table.inserting(1)} ON CONFLICT DO NOTHING{back}", values)
        return bool(cursor.rowcount)


def update(row: Model, *names: str) -> None:
    """Write these columns of a row that is there. Raises DatabaseError if it is not."""
    table = _Table.of(type(row))
    fields = [table.options.get_field(name) for name in names]
    connection = connections[table.database]
    with connection.cursor() as cursor:
        values = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields]
        cursor.execute(table.updating(names), [*values, row.pk])
        if cursor.rowcount != 1:
            raise DatabaseError(f"{row.pk} is in {table.options.db_table} no longer")


def fill(row: Model, *names: str) -> bool:
    """Write these columns of a row where the first is still empty; returns whether it was, and the row is there."""
    table = _Table.of(type(row))
    fields = [table.options.get_field(name) for name in names]
    connection = connections[table.database]
    with connection.cursor() as cursor:
        values = [field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields]
        cursor.execute(table.filling(names), [*values, row.pk])
        return bool(cursor.rowcount == 1)


def _insert(rows: Sequence[Model]) -> None:
    table = _Table.of(type(rows[0]))
    connection = connections[table.database]
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in table.given
    ]
    with connection.cursor() as cursor:
        cursor.execute(table.inserting(len(rows)), values)
        if table.made:
            ((rows[0].pk,),) = cursor.fetchall()
    for row in rows:
        row._state.adding, row._state.db = False, table.database


class _Table:
    """What a model's statements have in common."""

    def __init__(self, model: type[Model]) -> None:
        self.options: Any = model._meta
        self.database = router.db_for_write(model)
        fields = self.options.local_concrete_fields
        self.made = [field for field in fields if isinstance(field, AutoField)]
        self.given = [field for field in fields if field not in self.made]

    @staticmethod
    @lru_cache
    def of(model: type[Model]) -> "_Table":
        return _Table(model)

    @lru_cache  # noqa: B019  there is one for each model, and it stays
    def inserting(self, count: int) -> str:
        one = f"({', '.join(['%s'] * len(self.given))})"
        back = f" RETURNING {self._quoted(self.made)}" if self.made else ""
        return f"INSERT INTO {self.name} ({self._quoted(self.given)}) VALUES {', '.join([one] * count)}{back}"  # noqa: S608  names of ours

    @lru_cache  # noqa: B019
    def updating(self, names: tuple[str, ...]) -> str:
        columns = ", ".join(f"{self._quoted([self.options.get_field(name)])} = %s" for name in names)
        return f"UPDATE {self.name} SET {columns} WHERE {self._quoted([self.options.pk])} = %s"  # noqa: S608  names of ours

    @lru_cache  # noqa: B019
    def filling(self, names: tuple[str, ...]) -> str:
        return f"{self.updating(names)} AND {self._quoted([self.options.get_field(names[0])])} IS NULL"

    @property
    def name(self) -> str:
        return str(connections[self.database].ops.quote_name(self.options.db_table))

    def _quoted(self, fields: Sequence[Any]) -> str:
        quote = connections[self.database].ops.quote_name
        return ", ".join(quote(field.column) for field in fields)
