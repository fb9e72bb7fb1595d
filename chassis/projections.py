"""Lists without model instances: a query's rows become what clients see by hand, at a fraction of a serializer's cost.

A projection answers exactly what the shape that documents it would; a test compares the bytes, for every one of them.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models import JSONField, Model, QuerySet

from chassis.postgresql.times import read_quickly

Row = dict[str, Any]


@dataclass(frozen=True)
class Projection:
    """The columns that a list reads, and what it makes of the rows of one page; more queries only for all of them."""

    columns: tuple[str, ...]
    show: Callable[[list[Row]], list[Row]]


def rows_of(queryset: QuerySet[Any], *columns: str) -> list[Row]:
    """The rows of a query with these columns, as the driver has them, but for JSON, which is decoded.

    Times have no zone on SQLite, where they are kept in UTC; `milliseconds` reads them. Django's own conversions cost
    as much as the query itself.
    """
    compiler = _selecting(queryset, columns).get_compiler(queryset.db)
    try:
        statement, values = compiler.as_sql()
    except EmptyResultSet:
        return []
    return _read(compiler.connection, statement, values, queryset.model, columns)


def rows_with_id(id: str, model: type[Model], *columns: str) -> list[Row]:
    """The row that has this id, or none, with columns of its own table; by a statement that is composed once."""
    connection = connections[router.db_for_read(model)]
    return _read(connection, _statement_of_one(model, columns), [id], model, columns)


@lru_cache
def _statement_of_one(model: Any, columns: tuple[str, ...]) -> str:
    table, key, *names = (f'"{name}"' for name in (model._meta.db_table, model._meta.pk.column, *columns))
    return f"SELECT {', '.join(names)} FROM {table} WHERE {key} = %s"  # noqa: S608  names of ours


def _read(connection: Any, statement: str, values: Iterable[Any], model: Any, columns: tuple[str, ...]) -> list[Row]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            read_quickly(cursor)
        cursor.execute(statement, values)
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    for name in _documents(model, columns):
        for row in rows:
            row[name] = row[name] and msgspec.json.decode(row[name])
    return rows


def _selecting(queryset: QuerySet[Any], columns: tuple[str, ...]) -> Any:
    """The query, of these columns. Where all are its own table's, nobody need look for each of them in others."""
    model: Any = queryset.model
    fields = _fields(model, columns)
    if None in fields:
        return queryset.values_list(*columns).query
    query = queryset.query.chain()
    query.clear_select_clause()
    alias = query.get_initial_alias()
    query.set_select([field.get_col(alias) for field in fields])
    return query


@lru_cache
def _fields(model: Any, columns: tuple[str, ...]) -> list[Any]:
    fields = {"pk": model._meta.pk, **{field.attname: field for field in model._meta.concrete_fields}}
    return [fields.get(name) for name in columns]


@lru_cache
def _documents(model: Any, columns: tuple[str, ...]) -> list[str]:
    """The columns that hold JSON."""
    fields = zip(columns, _fields(model, columns), strict=True)
    return [name for name, field in fields if isinstance(field, JSONField)]


def related(model: type[Model], key: str, values: Iterable[str], columns: tuple[str, ...], order: str) -> list[Row]:
    """The rows of `model` whose column `key` is one of `values`, in the order of that and of `order`.

    One statement, written once for each database: composing a query costs as much as running it. Values come as the
    driver has them, so the columns are texts and numbers.
    """
    connection = connections[router.db_for_read(model)]
    wanted = [*values]
    with connection.cursor() as cursor:
        given = wanted if connection.vendor == "postgresql" else json.dumps(wanted)
        cursor.execute(_statement(model, key, columns, order, connection.vendor), [given])
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


@lru_cache
def _statement(model: type[Model], key: str, columns: tuple[str, ...], order: str, vendor: str) -> str:
    among = {"postgresql": "= ANY(%s)", "sqlite": "IN (SELECT value FROM json_each(%s))"}[vendor]
    table, *names = (f'"{name}"' for name in (model._meta.db_table, *columns))
    return f'SELECT {", ".join(names)} FROM {table} WHERE "{key}" {among} ORDER BY "{key}", "{order}"'  # noqa: S608  names of ours


def milliseconds(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.000Z`. A time without a zone is one in UTC."""
    if moment is None:
        return None
    if moment.utcoffset():
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"
