"""What is looked up when somebody asks for the metrics."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from apps.orders.models import Delivery, InboxEvent, OutboxEvent, WebhookDelivery
from chassis import guards, readings
from chassis.webhook_endpoints import archive_endpoint, register_endpoint, send_test

pytestmark = pytest.mark.django_db


def told():
    """Every line of the exposition, by what it is about."""
    lines = readings.exposition().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_announcements_that_wait_are_counted_by_subscriber_and_by_age():
    since = timezone.now() - timedelta(minutes=5)
    event = OutboxEvent.objects.create(stream="ord_1", number=1, type="order.placed", data={}, occurred_at=since)
    Delivery.objects.create(event=event, stream="ord_1", number=1, subscriber="payments", due_at=since)

    seen = told()

    assert seen['tearline_outbox_waiting{service="orders",subscriber="payments"}'] == "1.0"
    assert seen['tearline_outbox_waiting{service="orders",subscriber="users"}'] == "0.0"
    assert 299 < float(seen['tearline_outbox_oldest_seconds{service="orders",subscriber="payments"}']) < 330
    assert 299 < float(seen['tearline_worker_lag_seconds{service="orders"}']) < 330


def test_work_that_is_due_later_is_not_late_and_what_failed_is_told():
    due_at = timezone.now() + timedelta(minutes=5)
    row = {"source": "payments", "type": "payment.succeeded", "data": {}, "due_at": due_at, "failures": 2}
    InboxEvent.objects.create(id="evt_1", stream="pay_1", number=1, **row)

    seen = told()

    assert seen['tearline_inbox_waiting{service="orders"}'] == "1.0"
    assert seen['tearline_worker_lag_seconds{service="orders"}'] == "0.0"
    assert seen['tearline_work_failing{service="orders"}'] == "1.0"


def test_what_could_not_be_told_or_reacted_to_is_counted_apart():
    event = OutboxEvent.objects.create(stream="ord_1", number=1, type="order.placed", data={})
    for number, subscriber in enumerate(("payments", "users")):
        Delivery.objects.create(event=event, stream="ord_1", number=1, subscriber=subscriber, failures=number)
    InboxEvent.objects.create(id="evt_1", stream="pay_1", number=1, source="x", type="x", data={}, failures=2)

    seen = told()

    assert seen['tearline_outbox_failing{service="orders",subscriber="users"}'] == "1.0"
    assert seen['tearline_outbox_failing{service="orders",subscriber="payments"}'] == "0.0"
    assert seen['tearline_inbox_failing{service="orders"}'] == "1.0"
    assert seen['tearline_inbox_failing{service="payments"}'] == "0.0"


def test_messages_to_strangers_are_counted_and_make_no_worker_late():
    since = timezone.now() - timedelta(minutes=5)
    endpoint, _ = register_endpoint("orders", url="https://receiver.example/", events=["*"], description="")
    archived, _ = register_endpoint("orders", url="https://receiver.example/", events=["*"], description="")
    delivery = send_test("orders", endpoint)
    archive_endpoint("orders", archived)
    WebhookDelivery.objects.update(due_at=since, failures=3)
    OutboxEvent.objects.filter(pk=delivery.event_id).update(occurred_at=since)

    seen = told()

    assert seen['tearline_webhooks_waiting{service="orders"}'] == "1.0"
    assert 299 < float(seen['tearline_webhooks_oldest_seconds{service="orders"}']) < 330
    assert seen['tearline_webhook_endpoints{service="orders",status="active"}'] == "1.0"
    assert seen['tearline_webhook_endpoints{service="orders",status="disabled"}'] == "0.0"
    assert (
        seen['tearline_worker_lag_seconds{service="orders"}']
        == seen['tearline_work_failing{service="orders"}']
        == "0.0"
    )


def test_a_database_that_is_away_leaves_only_its_own_part_out(monkeypatch):
    def lag(service):
        if service == "orders":
            raise OperationalError("gone")
        return []

    monkeypatch.setattr(readings, "_lag", lag)

    seen = told()

    assert seen['tearline_database_reachable{service="orders"}'] == "0.0"
    assert seen['tearline_database_reachable{service="payments"}'] == "1.0"
    assert 'tearline_outbox_waiting{service="orders",subscriber="users"}' not in seen


def test_guards_tell_their_state_and_how_full_they_are():
    guards.guard("orders", "users")

    seen = told()

    assert seen['tearline_breaker_state{caller="orders",neighbour="users",state="closed"}'] == "1.0"
    assert seen['tearline_breaker_state{caller="orders",neighbour="users",state="open"}'] == "0.0"
    assert seen['tearline_bulkhead_in_use{caller="orders",neighbour="users"}'] == "0.0"


def test_metrics_are_read_at_any_address_of_a_process(client):
    answer = client.get("/metrics", headers={"host": "10.1.2.3:8000"})

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert b"tearline_database_reachable" in answer.content
    assert client.get("/docs", headers={"host": "10.1.2.3:8000"}).status_code == 400


def test_nobody_reads_what_is_not_counted(client, settings):
    settings.METRICS = False

    assert client.get("/metrics").status_code == 404
