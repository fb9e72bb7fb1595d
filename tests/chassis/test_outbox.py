"""Facts are written with the change they tell of, and delivered at least once, in order within a stream."""

import threading
from dataclasses import dataclass

import pytest
from django.db.transaction import atomic, set_rollback
from django.utils import timezone

from apps.orders.models import Delivery, OutboxEvent
from apps.payments.models import InboxEvent
from chassis import context, endpoints, wakes
from chassis.context import Context
from chassis.inbox import receive
from chassis.outbox import Event, announce, mask_words, relay
from chassis.tokens import issuer_of
from chassis.traceparents import new_trace
from tests.chassis.processes import mounted

alone = pytest.mark.django_db(transaction=True)
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class ShelfFilled(Event):
    service, type, subject, subscribers = "orders", "shelf.filled", "shelf_id", ("payments", "users")

    shelf_id: str
    count: int = 1


@dataclass(frozen=True)
class ShelfPainted(Event):
    service, type, subject = "orders", "shelf.painted", "shelf_id"

    shelf_id: str


def fill(shelf_id="shelf_1", **more):
    with atomic(using="orders"):
        announce(ShelfFilled(shelf_id, **more))


def delivered(subscriber="payments"):
    """The numbers that a subscriber was brought, and has accepted."""
    done = Delivery.objects.filter(subscriber=subscriber).exclude(done_at=None)
    return list(done.order_by("stream", "number").values_list("stream", "number"))


# Announcing


def test_a_fact_is_written_with_a_delivery_for_each_subscriber():
    with context.entered(Context(request_id="of-the-request")):
        fill(count=3)

    row = OutboxEvent.objects.get()
    assert (row.stream, row.number, row.type, row.data) == (
        "shelf_1",
        1,
        "shelf.filled",
        {"shelf_id": "shelf_1", "count": 3},
    )
    assert row.id.startswith("evt_")
    assert row.request_id == "of-the-request"
    assert sorted(Delivery.objects.values_list("subscriber", "stream", "number")) == [
        ("payments", "shelf_1", 1),
        ("users", "shelf_1", 1),
    ]


def test_a_fact_without_subscribers_is_kept_all_the_same():
    with atomic(using="orders"):
        announce(ShelfPainted("shelf_1"))

    assert OutboxEvent.objects.count() == 1
    assert not Delivery.objects.exists()


def test_the_facts_of_a_stream_are_numbered_without_a_gap():
    for shelf_id in ("a", "b", "a", "a"):
        fill(shelf_id)

    assert list(OutboxEvent.objects.filter(stream="a").order_by("id").values_list("number", flat=True)) == [1, 2, 3]
    assert OutboxEvent.objects.get(stream="b").number == 1


@alone
def test_a_fact_is_not_announced_outside_the_transaction_of_its_change():
    with pytest.raises(RuntimeError, match=r"shelf\.filled is announced outside"), atomic(using="payments"):
        announce(ShelfFilled("shelf_1"))

    assert not OutboxEvent.objects.exists()


@alone
def test_what_was_undone_was_never_announced():
    with atomic(using="orders"):
        announce(ShelfFilled("shelf_1"))
        set_rollback(True, using="orders")

    assert not OutboxEvent.objects.exists()
    assert not Delivery.objects.exists()


@alone
def test_workers_are_woken_when_the_fact_is_committed_and_not_before(monkeypatch):
    woken = threading.Event()
    monkeypatch.setattr(wakes, "_something_to_do", woken)

    with atomic(using="orders"):
        announce(ShelfFilled("shelf_1"))
        assert not woken.is_set()

    assert woken.is_set()


# Delivering


@pytest.fixture
def subscribers(travel):
    """Payments and users listen, by either transport."""
    travel()


@alone
def test_each_subscriber_stores_what_it_was_told(subscribers):
    with context.entered(Context(request_id="of-the-request")):
        fill(count=3)

    relay("orders", "worker")

    told = InboxEvent.objects.get()
    assert (told.type, told.stream, told.number, told.data) == (
        "shelf.filled",
        "shelf_1",
        1,
        {"shelf_id": "shelf_1", "count": 3},
    )
    assert (told.source, told.request_id) == (issuer_of("orders"), "of-the-request")
    assert delivered("payments") == delivered("users") == [("shelf_1", 1)]


@alone
def test_the_envelope_is_a_cloud_event(subscribers):
    fill()

    envelope = OutboxEvent.objects.get().envelope("orders")

    assert {**envelope, "id": "", "time": "", "requestid": ""} == {
        "specversion": "1.0",
        "id": "",
        "source": issuer_of("orders"),
        "type": "shelf.filled",
        "subject": "shelf_1",
        "sequence": "1",
        "time": "",
        "datacontenttype": "application/json",
        "requestid": "",
        "data": {"shelf_id": "shelf_1", "count": 1},
    }


@alone
def test_what_is_told_is_part_of_the_trace_that_it_came_from(subscribers):
    trace = new_trace()
    with context.entered(Context(request_id="of-the-request", trace=trace)):
        fill()

    relay("orders", "worker")

    assert OutboxEvent.objects.get().envelope("orders")["traceparent"] == trace.traceparent
    assert InboxEvent.objects.get().traceparent == trace.traceparent


@alone
def test_a_stream_is_delivered_in_order_one_each_round(subscribers):
    for _ in range(3):
        fill()

    rounds = [(relay("orders", "worker"), len(delivered())) for _ in range(4)]

    assert rounds == [(2, 1), (2, 2), (2, 3), (0, 3)]
    assert [row.number for row in InboxEvent.objects.order_by("received_at")] == [1, 2, 3]


@alone
def test_a_fact_delivered_again_is_stored_once(subscribers):
    fill()
    relay("orders", "worker")
    Delivery.objects.update(done_at=None)

    relay("orders", "worker")

    assert InboxEvent.objects.count() == 1
    assert delivered() == [("shelf_1", 1)]


# A subscriber that is down


def test_a_subscriber_that_does_not_answer_is_told_later(stranger):
    fill()
    stranger.answers += ["drop"] * 4
    now = timezone.now()

    assert relay("orders", "worker") == 2
    assert [(row.failures, row.done_at, row.leased_by) for row in Delivery.objects.all()] == [(1, None, "")] * 2
    assert all(row.due_at > now for row in Delivery.objects.all())


def test_it_is_told_the_same_with_the_same_key_until_it_accepts(stranger):
    with atomic(using="orders"):
        announce(ShelfPainted("shelf_1"))
    Delivery.objects.create(event=OutboxEvent.objects.get(), subscriber="users", stream="shelf_1", number=1)
    stranger.says({}, status=500)
    stranger.says({}, status=202)

    relay("orders", "worker")
    Delivery.objects.update(due_at=Delivery.objects.get().event.occurred_at)
    relay("orders", "worker")

    first, second = ((asked[2]["Idempotency-Key"], asked[3]) for asked in stranger.asked)
    assert first == second
    assert first[0] == OutboxEvent.objects.get().id
    assert delivered("users") == [("shelf_1", 1)]


@alone
def test_a_subscriber_that_is_down_delays_no_other(mount, settings):
    mount()
    fill()
    fill()
    settings.TOPOLOGY.url_spaces.pop("users")
    mounted(settings, hosted=("orders", "payments"), urls={"users": "http://127.0.0.1:9"})

    for _ in range(2):
        relay("orders", "worker")

    assert delivered("payments") == [("shelf_1", 1), ("shelf_1", 2)]
    assert delivered("users") == []


@alone
def test_one_stream_that_its_subscriber_breaks_on_delays_no_other(subscribers, monkeypatch):
    def receive_all_but_one(service, event):
        return 1 / 0 if event["subject"] == "poisoned" else receive(service, event)

    monkeypatch.setattr(endpoints, "receive", receive_all_but_one)
    for shelf_id in ("poisoned", "healthy", "poisoned", "healthy"):
        fill(shelf_id)

    for _ in range(2):
        relay("orders", "worker")

    assert delivered() == [("healthy", 1), ("healthy", 2)]
    assert "500" in Delivery.objects.get(subscriber="payments", stream="poisoned", number=1).last_failure


def test_what_people_wrote_is_masked_in_the_facts_of_a_stream_and_ids_stay():
    for stream in ("ord_1", "ord_2"):
        OutboxEvent.objects.create(stream=stream, number=1, type="t", data={"order_id": stream, "reason": "I moved"})

    mask_words("orders", [OutboxEvent.objects.filter(stream="ord_1").values("stream")])

    facts = OutboxEvent.objects.order_by("stream").values_list("data", flat=True)
    assert [*facts] == [{"order_id": "ord_1", "reason": "…"}, {"order_id": "ord_2", "reason": "I moved"}]
