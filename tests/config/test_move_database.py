"""`manage.py move_database`: what it refuses, and that a refusal leaves everything as it was."""

import secrets
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from deploy.processes import BASE, PYTHON, free_ports
from tests.proving import rarely
from tests.topologies.environments import environment
from tests.topologies.stores import server
from tests.topologies.templates import template

SERVICES = ("users", "orders", "payments")
ANY_WRITE = "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', 'c')"

_MOVE = """
import django
django.setup()
from django.core.management import call_command
{before}
call_command("move_database", {service!r}, to={url!r})
"""
_LOSE_A_ROW = """
from config import copies
insert = copies._insert
copies._insert = lambda model, fields, rows, alias: insert(model, fields, rows[1:], alias)
"""


def refused(service, url):
    with pytest.raises(CommandError) as refusal:
        call_command("move_database", service, to=url)
    return str(refusal.value)


@pytest.fixture
def unblocked(django_db_blocker):
    """Databases may be reached that pytest-django does not know; none is changed."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def shop(tmp_path):
    """The files of a shop in which nothing runs."""
    shutil.copytree(template("sqlite").folder, tmp_path, dirs_exist_ok=True)
    return tmp_path


def moved(shop, service, url, before=""):
    files = {f"{name.upper()}_DATABASE_URL": f"sqlite:///{shop / name}.sqlite3" for name in SERVICES}
    here = environment(VAR_DIR=str(shop), DEBUG="true", **files)
    script = _MOVE.format(before=before, service=service, url=url)
    return subprocess.run([PYTHON, "-c", script], cwd=BASE, env=here, capture_output=True, text=True, check=False)


def select(file, question):
    with closing(sqlite3.connect(file)) as database:
        return database.execute(question).fetchall()


def change(file, statement, *values):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement, values)


def test_a_service_that_there_is_not():
    assert refused("shipping", "sqlite:///x") == "shipping is no service: users, orders, payments"


def test_a_service_that_is_hosted_elsewhere(settings):
    settings.TOPOLOGY = type("Here", (), {"hosts": lambda *_: False})()

    assert refused("orders", "sqlite:///x").startswith("orders is not hosted here (SERVICES)")


@pytest.mark.parametrize("url", ["", "orders", "mysql://h/d", "sqlite://:memory:", "postgresql://role:secret@host/"])
def test_an_address_that_is_none(url):
    reason = refused("orders", url)

    assert "--to is an address like" in reason
    assert "secret" not in reason


def test_a_database_that_does_not_answer(unblocked):
    (port,) = free_ports(1)

    reason = refused("orders", f"postgresql://orders:secret@127.0.0.1:{port}/orders")

    assert f"postgresql://127.0.0.1:{port}/orders cannot be used: " in reason
    assert "secret" not in reason


def test_a_wrong_password(unblocked):
    reason = refused("orders", f"postgresql://orders:secret@127.0.0.1:{server().port}/orders")

    assert "password authentication failed" in reason
    assert "secret" not in reason


def test_the_database_where_it_is(unblocked):
    connection = connections["orders"]
    if connection.vendor == "sqlite":
        url = f"sqlite:///{connection.settings_dict['NAME']}"
    else:
        url = server().url("orders", connection.settings_dict["NAME"])

    assert "orders is there already" in refused("orders", url)


def test_a_folder_that_is_not_there(unblocked, tmp_path):
    assert "cannot be used" in refused("orders", f"sqlite:///{tmp_path}/nowhere/orders.sqlite3")


def test_a_database_of_another_service_is_left_alone(shop):
    before = select(shop / "payments.sqlite3", "SELECT name, sql FROM sqlite_master ORDER BY name")

    refusal = moved(shop, "orders", f"sqlite:///{shop}/payments.sqlite3")

    assert refusal.returncode == 1
    assert "holds what is not of orders" in refusal.stderr
    assert select(shop / "payments.sqlite3", "SELECT name, sql FROM sqlite_master ORDER BY name") == before


def test_rows_that_no_move_put_there_are_left_alone(shop):
    shutil.copy(shop / "users.sqlite3", shop / "others.sqlite3")

    refusal = moved(shop, "users", f"sqlite:///{shop}/others.sqlite3")

    assert refusal.returncode == 1
    assert "holds rows that no move of users put there: users_user" in refusal.stderr
    assert select(shop / "others.sqlite3", "SELECT count(*) FROM users_user") == [(1,)]


@pytest.mark.parametrize(
    "service",
    ["payments", *rarely("users", "orders")],
)
def test_any_service_can_be_moved(shop, service):
    move = moved(shop, service, f"sqlite:///{shop}/new.sqlite3")

    assert move.returncode == 0, move.stderr
    assert f"{service} has moved from sqlite:///{shop}/{service}.sqlite3 to sqlite:///{shop}/new.sqlite3" in move.stdout
    assert f"Set {service.upper()}_DATABASE_URL to the new address" in move.stdout
    assert select(shop / "new.sqlite3", "SELECT count(*) FROM django_migrations") > [(0,)]
    with pytest.raises(sqlite3.IntegrityError, match="no writes while this database is moved"):
        change(shop / f"{service}.sqlite3", ANY_WRITE)


@pytest.mark.prove
def test_a_copy_that_differs_is_no_move(shop):
    refusal = moved(shop, "users", f"sqlite:///{shop}/new.sqlite3", before=_LOSE_A_ROW)

    assert refusal.returncode == 1
    assert "users stays where it is. these differ after they were copied: " in refusal.stderr
    change(shop / "users.sqlite3", "UPDATE users_user SET full_name = 'Ada'")
    assert select(shop / "new.sqlite3", "SELECT count(*) FROM users_user") == [(0,)]


@pytest.mark.prove
def test_what_postgresql_cannot_keep_stops_the_move_and_names_the_table(shop):
    change(shop / "users.sqlite3", "UPDATE users_user SET full_name = ?", "A\x00da")
    url = server().provide(f"moved_{secrets.token_hex(4)}", role="users")

    refusal = moved(shop, "users", url)

    assert refusal.returncode == 1
    assert "users_user cannot be kept there as it is here" in refusal.stderr
    change(shop / "users.sqlite3", "UPDATE users_user SET full_name = 'Ada'")
    assert moved(shop, "users", url).returncode == 0


@pytest.mark.prove
def test_a_closed_new_database_takes_no_writes_before_the_move_is_made(shop):
    moved(shop, "users", f"sqlite:///{shop}/new.sqlite3", before=_LOSE_A_ROW)

    with pytest.raises(sqlite3.IntegrityError):
        change(shop / "new.sqlite3", ANY_WRITE)
