"""The PostgreSQL of the split: three databases, three roles, and nobody reads what is another's."""

import stat
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from deploy import postgres
from deploy.processes import BASE, PYTHON
from tests.topologies.environments import environment
from tests.topologies.stores import HASTY, SERVICES, server

OTHERS = [(role, other) for role in SERVICES for other in SERVICES if other != role]


@contextmanager
def reachable():
    """A folder that the server reaches, also when it runs as somebody else."""
    with tempfile.TemporaryDirectory(prefix="tearline-postgres-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def folder():
    with reachable() as folder:
        yield folder


@contextmanager
def started(folder):
    running = postgres.start(folder, settings=HASTY)
    try:
        yield running
    finally:
        running.end()


@pytest.fixture(scope="module")
def split(folder):
    """As `make split` provides it, with a row in every database."""
    with started(folder) as running:
        for service in SERVICES:
            with psycopg.connect(running.provide(service)) as database:
                database.execute("CREATE TABLE secret AS SELECT %s AS word", [service])
        yield running


@pytest.mark.parametrize(("role", "other"), OTHERS)
def test_a_role_reads_its_own_rows_and_none_of_another_service(split, role, other):
    with psycopg.connect(split.url(role)) as own:
        assert own.execute("SELECT word FROM secret").fetchall() == [(role,)]

    with pytest.raises(psycopg.OperationalError, match=f'permission denied for database "{other}"'):
        psycopg.connect(split.url(role, other))


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_a_role_gets_into_no_database_that_every_server_has(split, database):
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(split.url("orders", database))


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_is_let_in_without_the_roles_password(split, password):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=split.port, user="orders", dbname="orders", password=password)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE DATABASE mine",
        "CREATE ROLE somebody",
        "ALTER ROLE users PASSWORD 'known'",
        "SET ROLE users",
        "SELECT * FROM pg_authid",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
def test_a_role_is_no_administrator(split, statement):
    with (
        psycopg.connect(split.url("orders"), autocommit=True) as own,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        own.execute(statement)


def test_a_role_does_not_see_what_others_ask(split):
    with psycopg.connect(split.url("users")) as users, psycopg.connect(split.url("orders")) as orders:
        users.execute("SELECT 'a question of users'")

        seen = orders.execute("SELECT query FROM pg_stat_activity WHERE usename = 'users'").fetchall()

    assert {query for (query,) in seen} == {"<insufficient privilege>"}


def test_the_server_listens_on_this_machine_alone(split):
    with split.connected() as superuser:
        told = superuser.execute(
            "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        )

        assert told.fetchone() == ("127.0.0.1", "")


def test_passwords_are_for_whoever_started_it(folder, split):
    files = [*(folder / "passwords").iterdir()]

    assert {file.name for file in files} == {"postgres", *SERVICES}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_what_it_knows_is_there_when_it_starts_again():
    with reachable() as folder:
        with started(folder) as first, psycopg.connect(first.provide("orders")) as database:
            database.execute("CREATE TABLE kept AS SELECT 7 AS number")

        with started(folder) as second, psycopg.connect(second.provide("orders")) as database:
            assert database.execute("SELECT number FROM kept").fetchone() == (7,)


def test_the_product_itself_works_with_no_more_than_its_role_may(tmp_path):
    """Migrations included, and no other database is needed for them."""
    name = f"plain_{tmp_path.name[-8:].replace('-', '_')}"
    urls = {f"{service.upper()}_URL": "http://127.0.0.1:9" for service in SERVICES}
    url = server().provide(name, role="orders")
    here = environment(
        SERVICES="orders",
        DEBUG="true",
        VAR_DIR=str(tmp_path),
        ORDERS_DATABASE_URL=url,
        PUBLIC_URL="http://x.test",
        **urls,
    )

    migrated = subprocess.run([PYTHON, "manage.py", "migrate"], cwd=BASE, env=here, capture_output=True, check=False)

    with psycopg.connect(url) as database:
        count = database.execute(sql.SQL("SELECT count(*) FROM orders_order")).fetchone()
    server().drop(name)
    assert (migrated.returncode, count) == (0, (0,))
