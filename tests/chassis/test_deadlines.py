"""What a database does when nobody waits any more for what it was asked."""

import threading
import time

import pytest
from django.db import DatabaseError, connections
from django.db.transaction import atomic

from chassis import context
from chassis.context import Context
from chassis.deadlines import milliseconds_for
from chassis.problems import DeadlineExceeded

ORDERS = "orders"
in_database = pytest.mark.django_db(transaction=True)


def within(seconds):
    return context.entered(Context(deadline=time.monotonic() + seconds))


def run(statement):
    with connections[ORDERS].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.fixture
def on_postgresql(db):
    if connections[ORDERS].vendor != "postgresql":
        pytest.skip("SQLite cannot end a statement")


@pytest.mark.parametrize(
    ("seconds", "milliseconds"), [(None, 0), (29.2, 30_000), (2.94, 2950), (2.91, 2950), (0.02, 100), (-1, 100)]
)
def test_the_limit_is_what_is_left_in_steps_and_never_nothing(seconds, milliseconds):
    assert milliseconds_for(seconds, "postgresql") == milliseconds


@in_database
@pytest.mark.usefixtures("on_postgresql")
def test_a_statement_ends_when_the_time_is_over():
    started = time.monotonic()

    with within(0.2), pytest.raises(DeadlineExceeded):
        run("SELECT pg_sleep(5)")

    assert time.monotonic() - started < 1


@in_database
@pytest.mark.usefixtures("on_postgresql")
def test_who_comes_next_on_the_connection_has_their_own_time():
    with within(0.2):
        run("SELECT 1")
        with atomic(using=ORDERS):
            run("SELECT 1")

    run("SELECT pg_sleep(0.3)")
    with within(2):
        run("SELECT pg_sleep(0.3)")


@in_database
@pytest.mark.usefixtures("on_postgresql")
def test_a_transaction_that_is_undone_leaves_no_limit_behind():
    with within(0.2), pytest.raises(DatabaseError), atomic(using=ORDERS):
        run("SELECT 1 / 0")

    with atomic(using=ORDERS):
        run("SELECT pg_sleep(0.3)")


@in_database
@pytest.mark.usefixtures("on_postgresql")
def test_the_limit_holds_within_a_transaction_and_after_a_savepoint():
    with within(0.3), atomic(using=ORDERS):
        with atomic(using=ORDERS):
            run("SELECT 1")
        with pytest.raises(DeadlineExceeded), atomic(using=ORDERS):
            run("SELECT pg_sleep(5)")


@in_database
@pytest.mark.usefixtures("on_postgresql")
def test_statements_that_find_their_limit_set_cost_nothing_more():
    driver = connections[ORDERS]
    with within(29.5):
        run("SELECT 1")
        driver.connection.execute("SET statement_timeout = 7")

        assert run("SHOW statement_timeout") == [("7ms",)]


@in_database
def test_nobody_waits_for_a_lock_longer_than_for_the_answer():
    is_locked, is_over = threading.Event(), threading.Event()

    def hold():
        with atomic(using=ORDERS), connections[ORDERS].cursor() as cursor:
            if connections[ORDERS].vendor == "postgresql":
                cursor.execute("LOCK TABLE orders_product")
            is_locked.set()
            is_over.wait(10)
        connections[ORDERS].close()

    holder = threading.Thread(target=hold)
    holder.start()
    is_locked.wait(5)
    started = time.monotonic()

    try:
        with within(0.2), pytest.raises(DeadlineExceeded), atomic(using=ORDERS):
            run("SELECT count(*) FROM orders_product")
        assert time.monotonic() - started < 2
    finally:
        is_over.set()
        holder.join()
