"""Tables whose rows can be added and never changed or removed: the database itself refuses (a trigger on each)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connections, migrations
from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "is insert-only"
_KINDS = ("UPDATE", "DELETE")


def guarding(table: str) -> migrations.RunPython:
    """The step of a migration that guards a table."""
    return migrations.RunPython(
        lambda _, editor: guard(editor.connection, table), lambda _, editor: lift(editor.connection, table)
    )


def guard(connection: BaseDatabaseWrapper, table: str) -> None:
    """Let the database refuse every change of a row of this table, and its removal."""
    _execute(connection, _GUARDS[connection.vendor](table))


def lift(connection: BaseDatabaseWrapper, table: str) -> None:
    """Let it be changed again."""
    place = f" ON {table}" if connection.vendor == "postgresql" else ""
    _execute(connection, [f"DROP TRIGGER IF EXISTS {_name(table, kind)}{place}" for kind in _KINDS])


def guarded(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> list[str]:
    """Which of the tables are."""
    with connection.cursor() as cursor:
        cursor.execute(_CATALOGUES[connection.vendor])
        triggers = {name for (name,) in cursor.fetchall()}
    return [table for table in tables if _name(table, _KINDS[0]) in triggers]


@contextmanager
def lifted(alias: str, tables: Iterable[str]) -> Iterator[None]:
    """Let whole tables be replaced, as when a database is filled with the rows of another, in one transaction."""
    connection = connections[alias]
    found = guarded(connection, tables)
    for table in found:
        lift(connection, table)
    yield
    for table in found:
        guard(connection, table)


def _execute(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _on_sqlite(table: str) -> Iterator[str]:
    for kind in _KINDS:
        yield (
            f"CREATE TRIGGER {_name(table, kind)} BEFORE {kind} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} {REFUSAL}'); END"
        )


def _on_postgresql(table: str) -> Iterator[str]:
    function = f"{table}_insert_only"
    yield (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} {REFUSAL}'; END $$"
    )
    for kind in _KINDS:
        yield (
            f"CREATE TRIGGER {_name(table, kind)} BEFORE {kind} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def _name(table: str, kind: str) -> str:
    return f"{table}_no_{kind.lower()}"


_CATALOGUES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger",
}
_GUARDS = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
