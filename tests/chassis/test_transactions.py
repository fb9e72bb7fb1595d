"""No service asks another one while it holds a transaction open."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connections
from django.db.transaction import atomic, set_autocommit
from django.http import JsonResponse
from django.urls import path

from apps.orders.models import Product
from chassis.transactions import OpenTransaction, excuse_open_transactions, refuse_open_transaction

alone = pytest.mark.django_db(transaction=True)
within_a_transaction_of_the_test = pytest.mark.django_db


def refuse():
    refuse_open_transaction("orders → payments")


@contextmanager
def autocommit_off():
    set_autocommit(False, using="orders")
    Product.objects.count()
    try:
        yield
    finally:
        connections["orders"].rollback()
        set_autocommit(True, using="orders")


@contextmanager
def a_begin_by_hand():
    cursor = connections["orders"].cursor()
    cursor.execute("BEGIN")
    try:
        yield
    finally:
        cursor.execute("ROLLBACK")


@contextmanager
def a_begin_by_hand_that_failed():
    cursor = connections["orders"].cursor()
    cursor.execute("BEGIN")
    with pytest.raises(DatabaseError):
        cursor.execute("SELECT of nothing")
    try:
        yield
    finally:
        cursor.execute("ROLLBACK")


@contextmanager
def a_transaction_in_another():
    with atomic(using="orders"), atomic(using="orders"):
        yield


@contextmanager
def a_transaction_without_savepoint():
    with atomic(using="orders"), atomic(using="orders", savepoint=False):
        yield


KINDS = [lambda: atomic(using="orders"), a_transaction_in_another, a_transaction_without_savepoint]
BY_HAND = [autocommit_off, a_begin_by_hand, a_begin_by_hand_that_failed]
NAMES = ["atomic", "nested", "without savepoint", "autocommit off", "begin by hand", "failed"]


@alone
def test_without_a_transaction_calls_are_made():
    Product.objects.count()

    refuse()


@alone
@pytest.mark.parametrize("opened", [*KINDS, *BY_HAND], ids=NAMES)
def test_a_call_in_a_transaction_is_refused_and_says_whose_and_where(opened):
    with opened(), pytest.raises(OpenTransaction) as refusal:
        refuse()

    assert (refusal.value.client, refusal.value.database) == ("orders → payments", "orders")
    assert "orders → payments was called while a transaction is open on database 'orders'" in str(refusal.value)


@alone
@pytest.mark.parametrize("opened", [*KINDS, *BY_HAND], ids=NAMES)
def test_once_the_transaction_is_over_calls_are_made_again(opened):
    with opened():
        pass

    refuse()


@alone
@pytest.mark.parametrize("database", ["users", "orders", "payments"])
def test_a_transaction_on_any_database_counts(database):
    with atomic(using=database), pytest.raises(OpenTransaction) as refusal:
        refuse()

    assert refusal.value.database == database


@within_a_transaction_of_the_test
def test_the_transaction_that_a_test_wraps_around_itself_is_excused():
    assert connections["orders"].in_atomic_block

    refuse()


@within_a_transaction_of_the_test
@pytest.mark.parametrize("opened", KINDS, ids=NAMES[:3])
def test_a_transaction_within_that_of_a_test_is_refused(opened):
    with opened(), pytest.raises(OpenTransaction):
        refuse()


@alone
@pytest.mark.parametrize("opened", [*KINDS, *BY_HAND], ids=NAMES)
def test_an_excuse_on_one_connection_never_reaches_another_thread(opened):
    excuse_open_transactions(connections["orders"], depth=1)

    def ask_in_a_transaction():
        try:
            with opened(), pytest.raises(OpenTransaction):
                refuse()
            return "refused"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        outcome = threads.submit(ask_in_a_transaction).result()

    assert outcome == "refused"


@alone
def test_a_transaction_of_another_thread_is_not_held_against_this_one():
    def ask():
        try:
            refuse()
            return "asked"
        finally:
            connections.close_all()

    with atomic(using="orders"), ThreadPoolExecutor(1) as threads:
        outcome = threads.submit(ask).result()

    assert outcome == "asked"


@alone
@pytest.mark.parametrize("opened", [*KINDS, *BY_HAND], ids=NAMES)
def test_by_either_transport_the_callee_is_never_reached(travel, payments, opened):
    reached = []
    travel(payments=[path("thing", lambda request: reached.append(request) or JsonResponse({}))])

    with opened(), pytest.raises(OpenTransaction) as refusal:
        payments.post("/v1/thing", {}, idempotency_key="k")

    assert refusal.value.client == "orders → payments (POST /v1/thing)"
    assert reached == []


@alone
def test_a_call_in_a_view_that_holds_a_transaction_is_refused_in_production_too(mount, payments, client, settings):
    settings.DEBUG = False
    client.raise_request_exception = False
    seen = []

    def outer(request):
        with atomic(using="orders"):
            try:
                return JsonResponse(payments.get("/v1/thing").json)
            except OpenTransaction as refusal:
                seen.append(refusal.database)
                raise

    mount(orders=[path("outer", outer)], payments=[path("thing", lambda request: JsonResponse({}))])

    answer = client.get("/v1/outer")

    assert (answer.status_code, seen) == (500, ["orders"])
