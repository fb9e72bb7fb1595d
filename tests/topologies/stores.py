"""Where the rows of a shop are: SQLite files, or databases of one PostgreSQL that is started for the tests."""

import atexit
import os
import secrets
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from chassis.topology import SERVICES
from deploy import postgres

KINDS = ("sqlite", "postgresql")
# A test that dies with the machine has nothing to lose.
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300")


class SqliteStore:
    """A file for each service, in the shop's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def urls(self) -> dict[str, str]:
        return {service: f"sqlite:///{self._file(service)}" for service in SERVICES}

    def tables(self, service: str, column: str = "") -> list[str]:
        """Its tables, or those that have this column."""
        having = "JOIN pragma_table_info(m.name) c" if column else ""
        named = f"AND c.name = '{column}'" if column else ""
        found = self.select(service, f"SELECT m.name FROM sqlite_master m {having} WHERE m.type = 'table' {named}")
        return [row["name"] for row in found]

    def select(self, service: str, question: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(f"file:{self._file(service)}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(question)]

    def change(self, service: str, statement: str) -> None:
        """Change rows by hand, past the service that they belong to."""
        with closing(sqlite3.connect(self._file(service), timeout=10)) as database, database:
            database.execute(statement)

    def copied_to(self, folder: Path) -> "SqliteStore":
        """A store of its own with the same rows: the files come with the folder."""
        return SqliteStore(folder)

    def remove(self) -> None:
        """The files go with the folder."""

    def seconds_from_now(self, seconds: int) -> str:
        """That moment, in SQL."""
        return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '+{seconds} seconds')"

    def _file(self, service: str) -> Path:
        return self.folder / f"{service}.sqlite3"


class PostgresStore:
    """A database for each service, each with its role, on the server of the tests."""

    def __init__(self, folder: Path, template: "PostgresStore | None" = None) -> None:
        self.name = f"shop_{secrets.token_hex(4)}"
        self._connections: dict[str, psycopg.Connection[dict[str, Any]]] = {}
        template_of = (lambda service: f"{template.name}_{service}") if template else (lambda _: "template0")
        self.urls = {
            service: server().provide(f"{self.name}_{service}", role=service, template=template_of(service))
            for service in SERVICES
        }

    def tables(self, service: str, column: str = "") -> list[str]:
        """Its tables, or those that have this column."""
        named = f"AND column_name = '{column}'" if column else ""
        question = f"SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public' {named}"
        return [row["table_name"] for row in self.select(service, question)]

    def select(self, service: str, question: str) -> list[dict[str, Any]]:
        try:
            return self._connected(service).execute(question).fetchall()
        except psycopg.OperationalError:  # a test has cut it
            del self._connections[service]
            return self._connected(service).execute(question).fetchall()

    def change(self, service: str, statement: str) -> None:
        self._connected(service).execute(statement)

    def _connected(self, service: str) -> "psycopg.Connection[dict[str, Any]]":
        if service not in self._connections:
            self._connections[service] = psycopg.connect(self.urls[service], row_factory=dict_row, autocommit=True)
        return self._connections[service]

    def copied_to(self, folder: Path) -> "PostgresStore":
        """A store of its own with the same rows. Nobody may be connected to this one."""
        return PostgresStore(folder, template=self)

    def remove(self) -> None:
        for connection in self._connections.values():
            connection.close()
        for service in SERVICES:
            server().drop(f"{self.name}_{service}")

    def seconds_from_now(self, seconds: int) -> str:
        """That moment, in SQL."""
        return f"now() + interval '{seconds} seconds'"


Store = SqliteStore | PostgresStore


def new_store(kind: str, folder: Path) -> Store:
    return {"sqlite": SqliteStore, "postgresql": PostgresStore}[kind](folder)


def kind_of_store() -> str:
    """What the tests run on unless they say it: SQLite, or what TEST_DATABASES names."""
    kind = os.environ.get("TEST_DATABASES") or "sqlite"
    if kind not in KINDS:
        raise ValueError(f"TEST_DATABASES is one of {', '.join(KINDS)}; it is {kind!r}")
    return kind


@lru_cache
def server() -> postgres.Postgres:
    """The PostgreSQL of the tests: one for this process and those that it starts, ended with this process.

    Its roles may make databases, as Django's test runner does.
    """
    if known := os.environ.get("TEST_POSTGRES"):
        port, _, folder = known.partition(" ")
        return postgres.Postgres(Path(folder), int(port))
    return start_server(HASTY)


def start_server(settings: tuple[str, ...]) -> postgres.Postgres:
    """A PostgreSQL with these settings, which is the one of the tests from then on."""
    folder = Path(tempfile.mkdtemp(prefix="tearline-postgres-"))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    running = postgres.start(folder, settings=settings)
    atexit.register(running.end)
    for service in SERVICES:
        running.provide(service)
        with running.connected() as connection:
            connection.execute(postgres.named("ALTER ROLE {} CREATEDB", service))
            connection.execute(postgres.named("GRANT CONNECT ON DATABASE postgres TO {}", service))
    os.environ["TEST_POSTGRES"] = f"{running.port} {folder}"
    return running
