"""What keeps a database from being written to while its service is moved: gates on every table, and the mark.

A gate is a trigger that refuses while there is a mark. A mark that has run out is removed by the next write, so that
whoever closed the database and died holds nobody up for long, and cannot go on as if nothing had been written.
"""
# ruff: noqa: S608  statements are made of names and clocks of our own; what comes from outside is passed as values

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import OperationalError, connections
from django.db.transaction import atomic

from chassis.pauses import NOW, REFUSAL, TABLE, Mark

PATIENCE_SECONDS = 30.0
# At first soon, because whoever waits for us cannot end; at last still before PostgreSQL would look for deadlocks and
# refuse one of the two: it is us who step back, and never a client.
STEP_BACK_MILLISECONDS = (50, 800)
PAUSE_SECONDS = 0.05

_MARK = f"""CREATE TABLE IF NOT EXISTS {TABLE}
    (id varchar(40) NOT NULL, state varchar(10) NOT NULL, until double precision, address text NOT NULL)"""
_EXPIRE = f"DELETE FROM {TABLE} WHERE until <= {{now}}"
_FUNCTION = f"""CREATE OR REPLACE FUNCTION {TABLE}_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {_EXPIRE.format(now=NOW["postgresql"])};
        IF EXISTS (SELECT 1 FROM {TABLE}) THEN RAISE EXCEPTION '{REFUSAL}'; END IF;
        RETURN NULL;
    END $$"""


class WritesGoOn(Exception):
    """The writes in flight did not end in time."""


class Fence:
    """The gates and the mark of the database behind a Django alias."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def close(self, mark: Mark, *, seconds: float | None = None) -> None:
        """Refuse every write from now on, for so long; when this returns, those in flight have ended.

        Raises WritesGoOn.
        """

        def build() -> None:
            self._execute(_MARK)
            for statement in _gates(self._vendor, self._tables()):
                self._execute(statement)
            self.mark(replace(mark, until=self._clock() + seconds) if seconds else mark)

        self._alone(build, "SHARE ROW EXCLUSIVE")

    def mark(self, mark: Mark) -> None:
        """Put this mark in the place of any other, within the open transaction."""
        self.unmark()
        values = [mark.id, mark.state, mark.until, mark.address]
        self._execute(f"INSERT INTO {TABLE} (id, state, until, address) VALUES (%s, %s, %s, %s)", values)

    def unmark(self) -> None:
        self._execute(f"DELETE FROM {TABLE}")

    def extend(self, move: str, seconds: float) -> bool:
        """Whether the mark is still this move's and in force: it then is for so many seconds more."""
        until = f"{self._now} + {seconds}"
        return self._execute(f"UPDATE {TABLE} SET until = {until} WHERE id = %s AND until > {self._now}", [move]) == 1

    def leave(self, move: str, address: str) -> bool:
        """Whether the service has left from here to `address`, for good: the one moment at which a move is made."""
        left = f"UPDATE {TABLE} SET state = 'left', until = NULL, address = %s WHERE id = %s AND until > {self._now}"
        return self._execute(left, [address, move]) == 1

    def open(self, move: str) -> None:
        """Take writes again, unless the service has left, or the mark has become another's."""
        self._execute(f"DELETE FROM {TABLE} WHERE id = %s AND state = 'copied'", [move])

    def take_down(self) -> None:
        """Remove the gates, if they are open. They refuse nobody, so it does no harm where that cannot be done now."""

        def remove() -> None:
            self._execute(_EXPIRE.format(now=self._now))
            if not self._is_marked():
                for statement in _removals(self._vendor, self._tables()):
                    self._execute(statement)

        self._alone(remove, "ACCESS EXCLUSIVE")

    def _clock(self) -> float:
        with connections[self.alias].cursor() as cursor:
            cursor.execute(f"SELECT {self._now}")
            return float(cursor.fetchone()[0])

    def _alone(self, act: Callable[[], None], mode: str) -> None:
        """Do it while nobody writes. SQLite has one writer at a time; elsewhere all tables are locked."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        patience, longest = STEP_BACK_MILLISECONDS
        while True:
            try:
                with atomic(using=self.alias):
                    self._lock(mode, patience)
                    return act()
            except OperationalError as exc:
                if time.monotonic() > deadline:
                    raise WritesGoOn(f"writes in flight did not end in {PATIENCE_SECONDS:.0f} s") from exc
                time.sleep(PAUSE_SECONDS)
                patience = min(longest, 2 * patience)

    def _lock(self, mode: str, milliseconds: int) -> None:
        if self._vendor == "postgresql" and (tables := self._tables()):
            self._execute(f"SET LOCAL statement_timeout = {milliseconds}")
            self._execute(f"LOCK TABLE {', '.join(map(_quoted, tables))} IN {mode} MODE")
            self._execute("SET LOCAL statement_timeout = 0")

    def _tables(self) -> list[str]:
        return sorted(set(connections[self.alias].introspection.table_names()) - {TABLE})

    def _is_marked(self) -> bool:
        with connections[self.alias].cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {TABLE}")
            return cursor.fetchone() is not None

    def _execute(self, statement: str, values: list[Any] | None = None) -> int:
        with connections[self.alias].cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)

    @property
    def _vendor(self) -> str:
        return connections[self.alias].vendor

    @property
    def _now(self) -> str:
        return NOW[self._vendor]


def _gates(vendor: str, tables: list[str]) -> list[str]:
    if vendor == "postgresql":
        return [_FUNCTION, *map(_postgres_gate, tables)]
    return [_sqlite_gate(table, verb) for table in tables for verb in ("INSERT", "UPDATE", "DELETE")]


def _postgres_gate(table: str) -> str:
    """One statement, one look: not one for each row."""
    return (
        f"CREATE OR REPLACE TRIGGER {TABLE}_gate BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {_quoted(table)} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_gate()"
    )


def _sqlite_gate(table: str, verb: str) -> str:
    name = _quoted(f"{TABLE}_{table}_{verb}")
    refuse = f"{_EXPIRE.format(now=NOW['sqlite'])}; SELECT RAISE(ABORT, '{REFUSAL}') FROM {TABLE};"
    return f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {_quoted(table)} BEGIN {refuse} END"


def _removals(vendor: str, tables: list[str]) -> list[str]:
    if vendor == "postgresql":
        gates = [f"DROP TRIGGER IF EXISTS {TABLE}_gate ON {_quoted(table)}" for table in tables]
        return [*gates, f"DROP FUNCTION IF EXISTS {TABLE}_gate()"]
    verbs = ("INSERT", "UPDATE", "DELETE")
    return [f"DROP TRIGGER IF EXISTS {_quoted(f'{TABLE}_{table}_{verb}')}" for table in tables for verb in verbs]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
