"""Rows that are written without Django composing a statement for each."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.orders.models import IdempotencyRecord, OutboxEvent
from chassis.statements import ROWS_A_STATEMENT, fill, insert, insert_new, update

pytestmark = [pytest.mark.django_db]


def event(number, **facts):
    return OutboxEvent(stream="ord_1", number=number, type="order.placed", data={"ä": [1, None]}, **facts)


def stored(row):
    return type(row).objects.values().get(pk=row.pk)


def test_a_row_is_as_django_would_have_written_it():
    ours, djangos = event(1, occurred_at=timezone.now()), event(2)

    insert(ours)
    djangos.occurred_at = ours.occurred_at
    djangos.save(force_insert=True)

    differing = {name for name, value in stored(ours).items() if value != stored(djangos)[name]}
    assert differing == {"id", "number"}


def test_a_row_that_is_there_stays_as_it_is():
    first, second = event(1, id="evt_1"), event(2, id="evt_1")

    assert (insert_new(first), insert_new(second)) == (True, False)
    assert OutboxEvent.objects.get().number == 1


def test_a_key_that_the_database_makes_is_known_afterwards():
    record = claim()

    insert(record)

    assert IdempotencyRecord.objects.get(key="k").pk == record.pk
    assert stored(record)["created_at"] - timezone.now() < timedelta(seconds=1)


def test_many_rows_are_written_a_hundred_at_a_time():
    rows = [event(number) for number in range(1, 2 * ROWS_A_STATEMENT + 2)]

    with CaptureQueriesContext(connections["orders"]) as asked:
        insert(*rows)

    assert len(asked) == 3
    assert OutboxEvent.objects.count() == len(rows)


def test_what_was_inserted_is_saved_as_a_row_that_is_there():
    row = event(1)
    insert(row)

    row.type = "order.confirmed"
    row.save()

    assert stored(row)["type"] == "order.confirmed"


def claim():
    return IdempotencyRecord(scope="s", key="k", fingerprint="f", leased_until=timezone.now())


def test_a_column_is_filled_and_no_other_changed():
    row = claim()
    insert(row)

    row.fingerprint, row.answer = "another", b"first"

    assert fill(row, "answer")
    assert (stored(row)["fingerprint"], bytes(stored(row)["answer"])) == ("f", b"first")


def test_what_is_filled_already_stays():
    row = claim()
    insert(row)
    row.answer = b"first"
    fill(row, "answer")

    row.answer = b"second"

    assert not fill(row, "answer")
    assert bytes(stored(row)["answer"]) == b"first"


def test_what_is_gone_is_not_filled():
    assert not fill(claim(), "answer")


def test_columns_of_a_row_are_changed_and_no_others():
    row = event(1)
    insert(row)

    row.type, row.data = "order.confirmed", {}
    update(row, "data")

    assert (stored(row)["type"], stored(row)["data"]) == ("order.placed", {})


def test_who_changes_a_row_that_is_gone_hears_of_it():
    with pytest.raises(DatabaseError, match="no longer"):
        update(event(1), "data")


def test_what_the_database_refuses_is_refused():
    insert(event(1))

    with pytest.raises(IntegrityError), transaction.atomic(using="orders"):
        insert(event(1))
