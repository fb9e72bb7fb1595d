"""Work that any worker may pick up, and that no two do at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.orders.models import Delivery, InboxEvent, OutboxEvent
from chassis import leases
from chassis.leases import LONGEST_WAIT

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


def work(stream="pay_1", number=1, **more):
    """A piece of work in a stream."""
    id = f"{stream}-{number}"
    return InboxEvent.objects.create(id=id, stream=stream, number=number, source="x", type="x", data={}, **more)


def ids(rows):
    return sorted(row.pk for row in rows)


def take(worker="one", **options):
    return ids(InboxEvent.objects.heads().due().lease(worker, **options))


# Leases


def test_what_one_worker_took_no_other_takes(clock):
    work("a")
    work("b")

    assert (take("one"), take("two")) == (["a-1", "b-1"], [])


def test_a_worker_takes_no_more_than_it_was_told_to(clock):
    for stream in "abc":
        work(stream)

    assert len(take("one", limit=2)) == 2
    assert len(take("two", limit=2)) == 1


def test_the_lease_of_a_worker_that_died_runs_out(clock, settings):
    work()
    take("one")

    clock.shift(settings.LEASE_SECONDS)
    assert take("two") == []
    clock.shift(0.001)
    assert take("two") == ["pay_1-1"]


def test_a_worker_that_stops_gives_back_what_is_its_own_and_not_yet_done(clock):
    done, own, anothers = work("a"), work("b"), work("c")
    InboxEvent.objects.filter(pk__in=[done.pk, own.pk]).lease("one")
    InboxEvent.objects.filter(pk=anothers.pk).lease("two")
    done.finish()

    assert InboxEvent.objects.give_back("one") == 1
    assert take("three") == ["b-1"]


def test_what_is_done_is_never_taken_again(clock):
    work().finish()
    clock.shift(timedelta(days=1))

    assert take() == []
    assert InboxEvent.objects.get().done_at == NOW


def test_what_is_not_due_waits(clock):
    work(due_at=NOW + timedelta(seconds=1))

    assert take() == []
    clock.shift(1)
    assert take() == ["pay_1-1"]


def test_what_is_due_first_is_taken_first(clock):
    for seconds, stream in ((1, "late"), (3, "early"), (2, "middle")):
        work(stream, due_at=NOW - timedelta(seconds=seconds))

    taken = InboxEvent.objects.due().lease("one")

    assert [row.stream for row in taken] == ["early", "middle", "late"]


def test_what_a_request_will_finish_itself_no_worker_takes_unless_the_request_dies(clock, settings):
    work(**InboxEvent.held_by_request())

    assert take() == []
    clock.shift(settings.LEASE_SECONDS + 1)
    assert take() == ["pay_1-1"]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_each_takes_other_work():
    InboxEvent.objects.bulk_create(
        InboxEvent(id=f"e{n}", stream=f"s{n}", number=1, source="x", type="x", data={}) for n in range(60)
    )

    def take_all(name):
        taken = [pk for _ in range(20) for pk in ids(InboxEvent.objects.heads().due().lease(name, limit=3))]
        connections.close_all()
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(take_all, ["one", "two", "three", "four"]))

    assert Counter(pk for each in taken for pk in each) == Counter(f"e{n}" for n in range(60))


# Streams


def test_within_a_stream_the_first_is_taken_and_the_next_only_when_it_is_done(clock):
    first, _second, _third = (work(number=number) for number in (1, 2, 3))

    assert take("one") == ["pay_1-1"]
    assert take("two") == []
    first.finish()
    assert take("two") == ["pay_1-2"]


def test_what_fails_holds_up_its_stream_and_no_other(clock):
    work("poisoned", 1).try_later("it is broken")
    work("poisoned", 2)
    work("healthy", 1)

    assert take() == ["healthy-1"]


def test_numbers_order_a_stream_and_not_the_time_of_arrival(clock):
    work(number=10, due_at=NOW - timedelta(hours=1))
    work(number=9)

    assert take() == ["pay_1-9"]


def test_a_lane_divides_a_stream(clock):
    event = OutboxEvent.objects.create(stream="ord_1", number=1, type="x", data={})
    for number in (1, 2):
        for subscriber in ("users", "payments"):
            Delivery.objects.create(event=event, stream="ord_1", number=number, subscriber=subscriber)
    Delivery.objects.get(subscriber="users", number=1).finish()

    taken = Delivery.objects.heads().due().lease("one")

    assert sorted((row.subscriber, row.number) for row in taken) == [("payments", 1), ("users", 2)]


@pytest.mark.django_db(transaction=True)
def test_however_many_workers_there_are_a_stream_is_done_in_order():
    rows = [(f"s{n}", number) for number in range(1, 9) for n in range(10)]
    InboxEvent.objects.bulk_create(
        InboxEvent(id=f"{stream}-{number}", stream=stream, number=number, source="x", type="x", data={})
        for stream, number in rows
    )
    done = []

    def work_through(name):
        while len(done) < len(rows):
            for row in InboxEvent.objects.heads().due().lease(name, limit=3):
                done.append((row.stream, row.number))
                row.finish()
        connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work_through, ["one", "two", "three", "four"]))

    assert sorted(done) == sorted(rows)
    assert {stream: [number for one, number in done if one == stream] for stream, _ in done} == {
        f"s{n}": list(range(1, 9)) for n in range(10)
    }


def test_a_long_queue_is_read_in_the_order_of_an_index_and_never_sorted_whole():
    """Nobody has counted the rows by then, as in a queue that was empty a moment ago."""
    event = OutboxEvent.objects.create(stream="x", number=1, type="x", data={})
    Delivery.objects.bulk_create(
        Delivery(event=event, stream=f"s{n % 500}", number=n // 500 + 1, subscriber="users") for n in range(3000)
    )
    database = connections["orders"]

    with CaptureQueriesContext(database) as asked:
        assert len(Delivery.objects.heads().due().lease("one")) == 20
    (question,) = [each["sql"] for each in asked if "ORDER BY" in each["sql"]]
    plan = planned(database, question)

    assert "orders_delivery_due" in plan
    assert not any(word in plan for word in ("Sort", "TEMP B-TREE"))


def planned(database, question):
    """How the database goes about it."""
    with transaction.atomic(using="orders"), database.cursor() as cursor:
        leases._read_in_order("orders")
        cursor.execute(f"EXPLAIN {'' if database.vendor == 'postgresql' else 'QUERY PLAN '}{question}")
        return str(cursor.fetchall())


def test_what_is_taken_comes_with_what_it_is_asked_for(django_assert_num_queries):
    event = OutboxEvent.objects.create(stream="x", number=1, type="x", data={})
    Delivery.objects.create(event=event, stream="x", number=1, subscriber="users")
    (taken,) = Delivery.objects.select_related("event").due().lease("one")

    with django_assert_num_queries(0, connection=connections["orders"]):
        assert taken.event == event


# Failures


def test_after_each_failure_it_waits_longer_but_not_for_ever(clock, settings):
    row, waits = work(), []
    for _ in range(15):
        row.try_later("no answer")
        waits.append((row.due_at - timezone.now()).total_seconds())

    assert waits[:4] == [0.5, 1, 2, 4]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT * settings.LEASE_SECONDS


def test_a_failure_gives_the_lease_back_and_keeps_its_reason(clock):
    work()
    row = InboxEvent.objects.due().lease("one")[0]

    row.try_later("x" * 1000)

    row.refresh_from_db()
    assert (row.failures, row.last_failure, row.leased_by, row.leased_until) == (1, "x" * 500, "", None)
    clock.shift(0.5)
    assert take("two") == ["pay_1-1"]


def test_a_failure_may_name_the_time_of_its_next_try(clock):
    row = work()

    row.try_later("busy", at=NOW + timedelta(hours=1))

    assert row.due_at == NOW + timedelta(hours=1)


def test_nothing_to_do_costs_one_question(django_assert_num_queries):
    with django_assert_num_queries(1, connection=connections["orders"]):
        assert take() == []
