"""What keeps a database from being written to, whoever tries."""

import threading
import time

import pytest
from django.db import connections
from django.db.transaction import atomic

from chassis.pauses import Mark, read_mark
from chassis.problems import ServicePaused
from config import fences
from config.fences import Fence, WritesGoOn
from config.locks import LockTaken, locked
from tests.config.databases import database

WRITES = ["INSERT INTO thing VALUES (1)", "UPDATE thing SET id = 2", "DELETE FROM thing"]
COPIED = Mark("one", "copied", None, "")


@pytest.fixture(params=["sqlite", "postgresql"])
def alias(request, tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), database(request.param, tmp_path) as alias:
        execute(alias, "INSERT INTO thing VALUES (1)")
        yield alias


@pytest.fixture
def fence(alias):
    return Fence(alias)


def execute(alias, statement):
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)


def things(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT id FROM thing ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("write", WRITES)
def test_a_closed_database_takes_no_writes_and_is_read_as_before(alias, fence, write):
    fence.close(COPIED, seconds=30)

    with pytest.raises(ServicePaused):
        execute(alias, write)

    assert things(alias) == [1]


def test_a_transaction_that_began_before_is_waited_for(alias, fence):
    writing, closed = threading.Event(), []
    thread = threading.Thread(target=write_slowly, args=(alias, writing, closed))
    thread.start()
    writing.wait(10)

    fence.close(COPIED, seconds=30)
    closed.append(time.monotonic())
    thread.join()

    committed, returned = sorted(closed)
    assert closed[0] == committed < returned
    assert things(alias) == [1, 7]


def write_slowly(alias, writing, ends):
    with atomic(using=alias):
        execute(alias, "INSERT INTO thing VALUES (7)")
        writing.set()
        time.sleep(0.4)
        ends.append(time.monotonic())
    connections[alias].close()


@pytest.mark.parametrize("alias", ["postgresql"], indirect=True)  # SQLite waits by itself, for twenty seconds
def test_who_waits_too_long_gives_up_and_nothing_is_closed(alias, fence, monkeypatch):
    monkeypatch.setattr(fences, "PATIENCE_SECONDS", 0.1)
    writing = threading.Event()
    thread = threading.Thread(target=write_slowly, args=(alias, writing, []))
    thread.start()
    writing.wait(10)

    with pytest.raises(WritesGoOn):
        fence.close(COPIED, seconds=30)

    thread.join()
    execute(alias, "INSERT INTO thing VALUES (8)")
    assert things(alias) == [1, 7, 8]


def test_a_mark_that_has_run_out_refuses_nobody_and_cannot_be_extended(alias, fence):
    fence.close(COPIED, seconds=0.05)
    time.sleep(0.1)

    execute(alias, "INSERT INTO thing VALUES (2)")

    assert things(alias) == [1, 2]
    assert (fence.extend("one", 30), fence.leave("one", "there")) == (False, False)


def test_a_move_is_made_by_who_still_holds_the_mark_and_by_nobody_else(alias, fence):
    fence.close(COPIED, seconds=30)

    assert (fence.leave("another", "there"), fence.extend("one", 30), fence.leave("one", "there")) == (
        False,
        True,
        True,
    )
    assert read_mark(connections[alias]) == Mark("one", "left", None, "there")


def test_a_database_that_was_left_is_not_opened_again(alias, fence):
    fence.close(COPIED, seconds=30)
    fence.leave("one", "there")

    fence.open("one")
    fence.take_down()

    with pytest.raises(ServicePaused):
        execute(alias, "DELETE FROM thing")


def test_an_open_database_is_as_if_it_had_never_been_closed(alias, fence):
    fence.close(COPIED, seconds=30)
    fence.open("one")

    fence.take_down()

    for write in WRITES:
        execute(alias, write)
    assert (things(alias), read_mark(connections[alias])) == ([], None)


def test_one_moves_at_a_time(alias):
    with locked(connections[alias]), pytest.raises(LockTaken), locked(connections[alias]):
        pass

    with locked(connections[alias]):
        assert things(alias) == [1]
