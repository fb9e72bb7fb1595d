"""Where a benchmark's rows are: SQLite files, or a PostgreSQL that is started for it. Nothing is left behind."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from chassis.topology import SERVICES
from deploy import postgres

KINDS = ("sqlite", "postgresql")
# Waiting for a disk takes time, but nobody's CPU.
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB")
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'orders_%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE tablename LIKE 'orders_%'",
}


@dataclass(frozen=True)
class Store:
    """The databases of the services by their addresses. `pid` is the server's process, 0 where there is none."""

    kind: str
    name: str
    urls: dict[str, str]
    connect: Callable[[], Any]
    pid: int = 0

    def execute(self, *statements: str) -> None:
        """Run them on the database of orders, each a transaction of its own."""
        with closing(self.connect()) as database:
            for statement in statements:
                database.execute(statement)

    def select(self, question: str) -> list[Sequence[Any]]:
        """The rows that answer it, from the database of orders."""
        with closing(self.connect()) as database:
            return list(database.execute(question).fetchall())

    def tables(self) -> list[str]:
        """Those of orders."""
        return [row[0] for row in self.select(TABLES[self.kind])]


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Store]:
    """Databases without tables, gone when the block is left."""
    if kind == "sqlite":
        yield _sqlite(folder)
        return
    server = postgres.start(folder / "postgres", settings=HASTY)
    try:
        yield _postgresql(server)
    finally:
        server.end()


def _sqlite(folder: Path) -> Store:
    files = {service: folder / f"{service}.sqlite3" for service in SERVICES}
    urls = {service: f"sqlite:///{file}" for service, file in files.items()}
    return Store("sqlite", f"SQLite {sqlite3.sqlite_version}", urls, partial(_file, files["orders"]))


def _file(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=20)
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def _postgresql(server: postgres.Postgres) -> Store:
    urls = {service: server.provide(service) for service in SERVICES}
    with server.connected() as connection:
        version = connection.info.parameter_status("server_version")
    pid = server.child.pid if server.child else 0
    connect = partial(psycopg.connect, urls["orders"], autocommit=True)
    return Store("postgresql", f"PostgreSQL {version}", urls, connect, pid)
