"""What others have announced: stored once, reacted to in order, and done in one transaction with its effect."""

import json

import pytest
import time_machine
from django.urls import path
from django.utils import timezone
from rest_framework.test import APIClient

from apps.orders.models import InboxEvent, Product
from chassis import context
from chassis.announcements import Announcement
from chassis.calls import Neighbour
from chassis.inbox import react, receive
from chassis.outbox import SCOPE
from chassis.tokens import issuer_of, service_token, user_token
from chassis.traceparents import new_trace
from chassis.transactions import OpenTransaction

pytestmark = pytest.mark.django_db

ANNOUNCEMENTS = "/internal/orders/v1/announcements"


def event(number=1, stream="pay_1", **changes):
    return {
        "specversion": "1.0",
        "id": f"evt_{stream}_{number}",
        "source": issuer_of("payments"),
        "type": "payment.succeeded",
        "subject": stream,
        "sequence": str(number),
        "requestid": "of-the-request",
        "data": {"amount": 3},
        **changes,
    }


@pytest.fixture
def announce(mount):
    """Payments, announcing to orders over its API."""
    mount(orders=[path("thing", lambda request: None)])
    client = APIClient(raise_request_exception=False)

    def announce(told, token=None):
        return client.post(
            ANNOUNCEMENTS,
            json.dumps(told),
            content_type="application/cloudevents+json",
            HTTP_AUTHORIZATION=f"Bearer {token or service_token('payments', 'orders', SCOPE)}",
        )

    return announce


# Receiving


def test_an_announcement_is_stored_as_it_was_told(announce):
    answer = announce(event())

    assert (answer.status_code, answer.json()) == (202, {"id": "evt_pay_1_1"})
    row = InboxEvent.objects.get()
    assert (row.source, row.type, row.stream, row.number) == (issuer_of("payments"), "payment.succeeded", "pay_1", 1)
    assert (row.data, row.request_id, row.done_at) == ({"amount": 3}, "of-the-request", None)


def test_an_announcement_that_comes_again_is_stored_once_and_changes_nothing(announce):
    announce(event())
    react("orders", {}, "worker")

    answer = announce(event(data={"amount": 4}))

    assert answer.status_code == 202
    assert InboxEvent.objects.get().data == {"amount": 3}
    assert InboxEvent.objects.get().done_at


def test_what_is_more_in_an_envelope_does_no_harm(announce):
    answer = announce(event(time="2026-01-31T12:00:00Z", datacontenttype="application/json", traceparent="00-x"))

    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"specversion": "0.3"}, "/specversion"),
        ({"id": ""}, "/id"),
        ({"sequence": "one"}, "/sequence"),
        ({"sequence": "-1"}, "/sequence"),
        ({"data": "x"}, "/data"),
        ({"data": {"note": "a\x00b"}}, "/data"),
        ({"data": {"notes": [{"\x00": 1}]}}, "/data"),
        ({"subject": None}, "/subject"),
    ],
    ids=str,
)
def test_an_envelope_that_is_not_as_agreed_is_refused(announce, changes, pointer):
    answer = announce(event(**changes))

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not InboxEvent.objects.exists()


@pytest.mark.parametrize("source", ["users", "orders", ""])
def test_nobody_announces_what_is_not_their_own(announce, source):
    answer = announce(event(source=issuer_of(source)))

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert not InboxEvent.objects.exists()


def test_people_and_services_without_the_scope_announce_nothing(announce):
    person = user_token(user_id="usr_1", scope=SCOPE, roles=["admin"], email="a@example.com", client_id="password")
    service = service_token("payments", "orders", "payments:write")

    assert [announce(event(), token=token).status_code for token in (person, service)] == [403, 403]


def test_an_announcement_needs_its_own_format(mount):
    mount()

    with pytest.raises(Exception, match="415"):
        Neighbour("payments", "orders", SCOPE).post(ANNOUNCEMENTS, event(), idempotency_key="k")


# Reacting


@pytest.fixture
def told():
    """What the reactions of a test were told, in order."""
    return []


def test_a_reaction_is_given_the_announcement_within_the_request_it_came_from(told):
    receive("orders", event())

    react("orders", {"payment.succeeded": lambda fact: told.append((fact, context.current().request_id))}, "worker")

    assert told == [
        (Announcement("evt_pay_1_1", "payment.succeeded", "pay_1", {"amount": 3}), "of-the-request"),
    ]
    assert context.current().deadline is None


def test_a_reaction_is_part_of_the_trace_that_its_announcement_came_from(told):
    trace = new_trace()
    receive("orders", event(traceparent=trace.traceparent))

    react("orders", {"payment.succeeded": lambda _: told.append(context.current().trace)}, "worker")

    assert [within.trace_id for within in told] == [trace.trace_id]
    assert told[0].span_id != trace.span_id


def test_what_nobody_reacts_to_is_done_at_once(told):
    receive("orders", event(type="payment.created"))

    assert react("orders", {"payment.succeeded": told.append}, "worker") == 1
    assert told == []
    assert InboxEvent.objects.get().done_at


def test_each_is_reacted_to_once(told):
    receive("orders", event())

    rounds = [react("orders", {"payment.succeeded": told.append}, "worker") for _ in range(3)]

    assert (rounds, len(told)) == ([1, 0, 0], 1)


def test_a_stream_is_reacted_to_in_order_even_if_it_came_out_of_order(told):
    for number in (3, 1, 2):
        receive("orders", event(number))

    for _ in range(3):
        react("orders", {"payment.succeeded": told.append}, "worker")

    assert [fact.id for fact in told] == ["evt_pay_1_1", "evt_pay_1_2", "evt_pay_1_3"]


def test_one_poisoned_stream_holds_up_no_other_and_is_tried_again(told, caplog):
    for stream in ("poisoned", "healthy"):
        receive("orders", event(1, stream))
        receive("orders", event(2, stream))

    def reaction(fact):
        if fact.subject == "poisoned":
            raise ValueError("poison")
        told.append(fact.id)

    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(3):
            react("orders", {"payment.succeeded": reaction}, "worker")

    assert told == ["evt_healthy_1", "evt_healthy_2"]
    poisoned = InboxEvent.objects.get(stream="poisoned", number=1)
    assert (poisoned.failures, poisoned.done_at) == (1, None)
    assert "poison" in poisoned.last_failure
    assert "poison" in caplog.text


def test_a_reaction_that_fails_leaves_nothing_of_what_it_began():
    receive("orders", event())

    def reaction(fact):
        Product.objects.create(sku="half", name="Half")
        raise ValueError

    react("orders", {"payment.succeeded": reaction}, "worker")

    assert not Product.objects.exists()


def test_a_reaction_and_the_mark_that_it_was_done_are_one_transaction(monkeypatch):
    receive("orders", event())
    monkeypatch.setattr(InboxEvent, "finish", lambda self: 1 / 0)

    react("orders", {"payment.succeeded": lambda fact: Product.objects.create(sku="a", name="A")}, "worker")

    assert not Product.objects.exists()
    assert InboxEvent.objects.get().failures == 1


def test_a_reaction_asks_no_neighbour_because_it_holds_a_transaction():
    receive("orders", event())
    asked = []

    def reaction(fact):
        try:
            Neighbour("orders", "payments").get("/v1/thing")
        except OpenTransaction as refusal:
            asked.append(refusal.database)

    react("orders", {"payment.succeeded": reaction}, "worker")

    assert asked == ["orders"]
