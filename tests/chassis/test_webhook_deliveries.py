"""Every event reaches every endpoint that listens to it, and one that does not answer holds up no other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connections
from django.db.transaction import atomic
from django.utils import timezone

from apps.orders.models import AuditEvent, OutboxEvent, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from chassis import context, webhook_deliveries
from chassis.context import Context
from chassis.fetching import Network
from chassis.outbox import announce
from chassis.traceparents import new_trace
from chassis.webhook_deliveries import WAITS_SECONDS, deliver, forget, send, tell, wait_for_answers
from chassis.webhook_endpoints import register_endpoint, send_test
from deploy.authority import Authority
from tests.chassis.receivers import receiving
from tests.chassis.strangers import serving
from tests.chassis.test_outbox import ShelfFilled, ShelfPainted

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
URL = "https://receiver.example/hooks"

alone = pytest.mark.django_db(transaction=True)
pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


def listens(url=URL, events=("*",)):
    return register_endpoint("orders", url=url, events=events, description="")[0]


def happens(*shelves):
    with atomic(using="orders"):
        for shelf_id in shelves or ["shelf_1"]:
            announce(ShelfPainted(shelf_id))


def told(endpoint):
    return sorted(endpoint.deliveries.values_list("event__stream", flat=True))


def leased():
    """The one delivery that is due, as a worker has it."""
    return WebhookDelivery.objects.due().lease("worker")[0]


def tried():
    """The one delivery, sent once more as soon as it is due."""
    WebhookDelivery.objects.update(due_at=timezone.now())
    deliver("orders", leased())
    return WebhookDelivery.objects.get()


# From events to deliveries


def test_without_an_endpoint_an_event_costs_nothing_and_a_look_one_question(django_assert_num_queries):
    happens()

    with django_assert_num_queries(1, connection=connections["orders"]):
        assert tell("orders") == 0
    assert OutboxEvent.objects.filter(told_at=None).count() == 1


def test_each_endpoint_is_told_once_of_what_it_listens_to():
    everything, orders = listens(), listens(events=["order.*"])
    happens("a", "b")

    assert [tell("orders"), tell("orders")] == [2, 0]
    assert (told(everything), told(orders)) == (["a", "b"], [])


def test_what_happened_before_an_endpoint_was_there_it_is_not_told():
    happens("before")
    endpoint = listens()
    happens("after")

    tell("orders")

    assert told(endpoint) == ["after"]


def test_what_is_committed_late_is_told_all_the_same():
    endpoint = listens()
    happens("early")
    OutboxEvent.objects.update(occurred_at=timezone.now() + timedelta(seconds=5))
    tell("orders")

    happens("began before and was committed after")
    tell("orders")

    assert told(endpoint) == ["began before and was committed after", "early"]


def test_an_endpoint_that_was_there_before_an_event_is_told_though_the_worker_had_looked_already(monkeypatch):
    listens()
    happens("first")
    new = []

    def at_that_moment(**_):
        new.append(listens())
        happens("second")
        return nullcontext()

    monkeypatch.setattr(webhook_deliveries, "transaction", SimpleNamespace(atomic=at_that_moment))
    tell("orders")

    assert told(new[0]) == ["second"]


@alone
def test_of_many_workers_none_tells_what_another_has_told():
    endpoints = [listens(), listens()]
    happens(*(f"s{n}" for n in range(60)))

    def tell_all(_):
        try:
            return sum(tell("orders") for _ in range(5))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        counted = sum(threads.map(tell_all, range(4)))

    assert counted == 60
    assert [len(told(endpoint)) for endpoint in endpoints] == [60, 60]


# Sending


def test_a_message_proves_itself_and_is_part_of_the_trace_that_it_came_from(receiver):
    endpoint, secret = register_endpoint("orders", url=receiver.url, events=["*"], description="")
    trace = new_trace()
    with context.entered(Context(request_id="of-the-request", trace=trace)), atomic(using="orders"):
        announce(ShelfFilled("shelf_1", count=3))
    tell("orders")

    deliver("orders", leased())

    (message,) = receiver.got
    event, delivery = OutboxEvent.objects.get(), WebhookDelivery.objects.get()
    assert (message.path, message.id) == ("/hooks", event.id)
    assert message.verified(secret) == {
        "id": event.id,
        "type": "shelf.filled",
        "created_at": message.told["created_at"],
        "api_version": "v2",
        "request_id": "of-the-request",
        "sequence": 1,
        "data": {"object": {"id": "shelf_1", "shelf_id": "shelf_1", "count": 3}},
    }
    assert message.headers["traceparent"].split("-")[1] == trace.trace_id
    assert (delivery.shown_status, delivery.endpoint_id) == ("delivered", endpoint.id)


def test_what_was_answered_is_kept_with_each_attempt(receiver):
    send_test("orders", listens(receiver.url))
    receiver.answers += [(500, {}, b"a\x00b" + b"x" * 5000), 204]

    tried()
    tried()

    first, second = WebhookAttempt.objects.order_by("id")
    assert (first.status_code, first.error, len(first.response_excerpt)) == (500, "", 1024)
    assert first.response_excerpt.startswith("a�b")
    assert (second.status_code, second.response_excerpt) == (204, "")
    assert len({message.id for message in receiver.got}) == 1


def test_whoever_is_not_there_is_told_later(receiver):
    send_test("orders", listens("http://127.0.0.1:9/"))

    delivery = tried()

    assert (delivery.shown_status, delivery.failures) == ("retry_wait", 1)
    assert WebhookAttempt.objects.get().status_code is None
    assert "ConnectionRefused" in WebhookAttempt.objects.get().error


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
def test_whatever_is_no_success_is_sent_again_and_no_redirect_is_followed(receiver, status):
    send_test("orders", listens(receiver.url))
    receiver.answers.append((status, {"Location": receiver.url}, b""))

    assert tried().shown_status == "retry_wait"
    assert len(receiver.got) == 1


def test_it_is_sent_as_the_schedule_has_it_and_then_it_is_dead(receiver, clock):
    endpoint, waits = listens(receiver.url), []
    send_test("orders", endpoint)
    receiver.answers += [500] * 10

    for _ in WAITS_SECONDS:
        WebhookEndpoint.objects.update(failing_since=None)
        waits.append((tried().due_at - NOW).total_seconds())
    WebhookEndpoint.objects.update(failing_since=None)
    last = tried()

    assert all(planned <= wait <= planned * 1.1 for planned, wait in zip(WAITS_SECONDS, waits, strict=True))
    assert (last.shown_status, last.last_failure, len(receiver.got)) == ("dead", "It answered 500", 10)
    assert WebhookEndpoint.objects.get().status == "degraded"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120),
        (format_datetime(NOW + timedelta(minutes=10), usegmt=True), 600),
        ("1", 5),
        ("999999999", 86_400),
        ("soon", 5),
        ("-5", 5),
    ],
)
def test_it_is_not_sent_before_the_receiver_wants_it(receiver, clock, asked, seconds):
    send_test("orders", listens(receiver.url))
    receiver.answers.append((503, {"Retry-After": asked}, b""))

    assert seconds <= (tried().due_at - NOW).total_seconds() <= seconds * 1.1


def test_a_receiver_that_is_gone_is_sent_nothing_more(receiver, caplog):
    endpoint = listens(receiver.url)
    for _ in range(3):
        send_test("orders", endpoint)
    receiver.answers.append(410)

    deliver("orders", leased())

    assert WebhookEndpoint.objects.get().status == "disabled"
    assert {row.shown_status for row in WebhookDelivery.objects.all()} == {"dead"}
    assert AuditEvent.objects.filter(action="webhook_endpoint.disabled", actor="service:orders").count() == 1
    assert "is disabled" in caplog.text


def test_one_that_fails_for_three_days_is_disabled_and_that_is_on_record(receiver, clock):
    send_test("orders", listens(receiver.url))
    receiver.answers += [500] * 2

    tried()
    clock.shift(timedelta(days=3))
    last = tried()

    assert (WebhookEndpoint.objects.get().status, last.shown_status) == ("disabled", "dead")
    assert AuditEvent.objects.filter(action="webhook_endpoint.disabled").exists()


def test_a_failure_that_comes_after_another_worker_took_over_changes_nothing(receiver, clock, settings):
    send_test("orders", listens(receiver.url))
    slow = leased()
    clock.shift(settings.LEASE_SECONDS + 1)
    WebhookDelivery.objects.due().lease("another")
    receiver.answers.append(500)

    deliver("orders", slow)

    assert WebhookDelivery.objects.get().leased_by == "another"
    assert WebhookDelivery.objects.get().failures == 0
    assert WebhookEndpoint.objects.get().failure_count == 0


def test_receivers_elsewhere_are_reached_by_https_and_never_where_it_is_private(tmp_path, monkeypatch):
    authority = Authority(tmp_path, hosts=())
    with serving(authority.certify("hooks.example")) as server:
        url = f"https://hooks.example:{server.server_port}/"
        send_test("orders", listens(url))
        for is_public in (False, True):
            network = Network(lambda *_: ["127.0.0.1"], lambda _, public=is_public: public, str(authority.file))
            monkeypatch.setattr(webhook_deliveries, "NETWORK", network)
            tried()

    first, second = WebhookAttempt.objects.order_by("id")
    assert (first.status_code, first.error) == (None, "It leads to an address that is not public")
    assert (second.status_code, server.asked) == (200, ["/"])


# Beside one another


@alone
def test_one_that_keeps_silent_holds_up_no_other_and_no_more_of_it_is_sent_at_once(receiver):
    with receiving() as silent:
        silent.may_answer.clear()
        for endpoint in (listens(silent.url), listens(receiver.url)):
            for _ in range(6):
                send_test("orders", endpoint)

        begun = send("orders", "worker")
        until(lambda: (send("orders", "worker"), len(receiver.got))[1] == 6)
        until(lambda: len(silent.got) == 4)

        assert begun == 8
        assert (send("orders", "worker"), len(silent.got)) == (0, 4)
        silent.may_answer.set()
        while wait_for_answers(20) or send("orders", "worker"):
            pass
    assert WebhookDelivery.objects.filter(status="delivered").count() == 12


@alone
def test_of_one_that_is_degraded_one_is_sent_at_a_time(receiver):
    endpoint = listens(receiver.url)
    for _ in range(3):
        send_test("orders", endpoint)
    WebhookEndpoint.objects.update(status="degraded", failure_count=5)
    receiver.may_answer.clear()

    assert [send("orders", "worker"), send("orders", "worker")] == [1, 0]
    receiver.may_answer.set()
    assert wait_for_answers(20)
    assert WebhookEndpoint.objects.get().status == "active"


def until(holds):
    """Wait for what threads do meanwhile."""
    waiting = threading.Event()
    for _ in range(1000):
        if holds():
            return
        waiting.wait(0.02)
    raise AssertionError("it did not come to pass")


def test_nothing_to_send_costs_one_question(django_assert_num_queries):
    listens()

    with django_assert_num_queries(1, connection=connections["orders"]):
        assert send("orders", "worker") == 0


def test_what_was_sent_long_ago_is_forgotten_and_what_waits_is_not(receiver):
    endpoint = listens(receiver.url)
    send_test("orders", endpoint)
    tried()
    waiting = send_test("orders", endpoint)
    WebhookDelivery.objects.update(created_at=timezone.now() - timedelta(days=31))

    forget("orders")

    assert [row.pk for row in WebhookDelivery.objects.all()] == [waiting.pk]
    assert not WebhookAttempt.objects.exists()
