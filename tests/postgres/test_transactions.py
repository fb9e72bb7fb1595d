"""Which transactions are seen on a connection to PostgreSQL, where no one but the driver knows of them."""

import psycopg
import pytest

from chassis.transactions import _driver_says_open
from tests.topologies.stores import server


@pytest.fixture
def connection():
    with psycopg.connect(server().url("orders", "postgres"), autocommit=True) as connection:
        yield connection


def test_between_two_statements_none_is_open(connection):
    connection.execute("SELECT 1")

    assert not _driver_says_open(connection)


def test_one_that_was_begun_by_hand_is_open_also_when_it_has_failed(connection):
    connection.execute("BEGIN")
    begun = _driver_says_open(connection)
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute("SELECT 1 / 0")

    assert (begun, _driver_says_open(connection)) == (True, True)


def test_a_connection_that_was_cut_holds_none(connection):
    connection.execute("BEGIN")
    with server().connected() as superuser:
        superuser.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")

    assert not _driver_says_open(connection)
