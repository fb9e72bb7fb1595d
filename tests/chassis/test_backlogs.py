"""What waits between services is seen, and tried again when somebody says so; poison holds up nothing else."""

from datetime import timedelta

import pytest
import time_machine
from django.db.transaction import atomic
from django.utils import timezone

from apps.orders.models import AuditEvent, Delivery, InboxEvent, OutboxEvent
from chassis import endpoints
from chassis.inbox import react, receive
from chassis.outbox import announce, relay
from tests.chassis.test_inbox import event
from tests.chassis.test_outbox import ShelfFilled
from tests.rest.staff import as_person

alone = pytest.mark.django_db(transaction=True)
pytestmark = pytest.mark.django_db

HERE = "/v1/services/orders/announcements"


@pytest.fixture
def admin(api):
    return as_person(api, scopes="announcements:admin")


def fill(*shelves):
    for shelf_id in shelves:
        with atomic(using="orders"):
            announce(ShelfFilled(shelf_id))


def waiting(admin, **asked):
    return admin.get(HERE, asked).json()["data"]


def poison(_):
    raise ValueError("poison")


# Seen


def test_what_waits_for_a_subscriber_is_shown_with_what_is_in_its_way(admin):
    fill("shelf_1")
    Delivery.objects.get(subscriber="payments").try_later("It is down")

    shown = {row["subscriber"]: row for row in waiting(admin)}

    assert {**shown["payments"], "due_at": ""} == {
        "id": OutboxEvent.objects.get().id,
        "type": "shelf.filled",
        "direction": "out",
        "source": "orders",
        "subscriber": "payments",
        "subject": "shelf_1",
        "sequence": 1,
        "failures": 1,
        "last_failure": "It is down",
        "due_at": "",
    }
    assert [row["subscriber"] for row in waiting(admin, failing="true")] == ["payments"]
    assert [row["subscriber"] for row in waiting(admin, failing="false")] == ["users"]


def test_what_was_heard_and_not_reacted_to_is_shown(admin):
    receive("orders", event())
    react("orders", {"payment.succeeded": poison}, "worker")

    (shown,) = waiting(admin, direction="in")

    assert (shown["id"], shown["source"], shown["subscriber"]) == ("evt_pay_1_1", "payments", "orders")
    assert (shown["failures"], shown["last_failure"]) == (1, "ValueError('poison')")
    assert waiting(admin) == waiting(admin, direction="in", type="order.placed") == []


def test_what_was_told_and_done_waits_no_longer(admin):
    fill("shelf_1")
    receive("orders", event())
    Delivery.objects.all().update(done_at=timezone.now())
    react("orders", {}, "worker")

    assert waiting(admin) == waiting(admin, direction="in") == []


def test_pages_lead_through_all_that_waits(admin):
    fill(*(f"s{n}" for n in range(5)))
    seen, page = [], admin.get(HERE, {"limit": 3}).json()
    while True:
        seen += [(row["subject"], row["subscriber"]) for row in page["data"]]
        if not page["next"]:
            break
        page = admin.get(page["next"]).json()

    assert sorted(seen) == sorted((f"s{n}", name) for n in range(5) for name in ("payments", "users"))


# Tried again


def test_a_replay_has_it_tried_at_once_after_what_comes_before_it_in_its_stream(admin):
    fill("shelf_1", "shelf_1", "shelf_2")
    Delivery.objects.update(due_at=timezone.now() + timedelta(hours=1))
    second = OutboxEvent.objects.get(stream="shelf_1", number=2)

    answer = admin.post(f"{HERE}/{second.id}/replay")

    assert answer.status_code == 204
    due = Delivery.objects.filter(due_at__lte=timezone.now())
    assert {(row.stream, row.number) for row in due} == {("shelf_1", 1), ("shelf_1", 2)}
    assert due.count() == 4
    assert AuditEvent.objects.get().action == "announcement.replayed"


def test_a_reaction_that_failed_is_tried_again_when_somebody_says_so(admin):
    receive("orders", event())
    react("orders", {"payment.succeeded": poison}, "worker")
    told = []
    assert react("orders", {"payment.succeeded": told.append}, "worker") == 0

    admin.post(f"{HERE}/evt_pay_1_1/replay")
    react("orders", {"payment.succeeded": told.append}, "worker")

    assert [fact.id for fact in told] == ["evt_pay_1_1"]


def test_what_nobody_waits_for_is_not_replayed(admin):
    receive("orders", event())
    react("orders", {}, "worker")

    done = admin.post(f"{HERE}/evt_pay_1_1/replay")

    assert (done.status_code, done.json()["code"]) == (409, "invalid_state")
    assert admin.post(f"{HERE}/evt_of_nobody/replay").status_code == 404


def test_auditors_see_it_and_only_admins_replay(api):
    as_person(api, scopes="audit:read")
    assert (api.get(HERE).status_code, api.post(f"{HERE}/evt_1/replay").status_code) == (200, 403)

    as_person(api, scopes="orders:read webhooks:admin")
    assert api.get(HERE).status_code == 403


# Poisoned


@alone
def test_many_streams_that_are_poisoned_starve_none_that_is_well(monkeypatch, travel):
    travel()
    taken, refused = endpoints.receive, []

    def refuse_some(service, told):
        if told["subject"].startswith("bad"):
            refused.append(told["subject"])
            raise ValueError("poison")
        taken(service, told)

    monkeypatch.setattr(endpoints, "receive", refuse_some)
    fill(*(f"bad{n}" for n in range(30) for _ in range(2)), *(f"good{n}" for n in range(10) for _ in range(2)))
    Delivery.objects.filter(subscriber="users").delete()

    with time_machine.travel(timezone.now(), tick=False):
        rounds = [relay("orders", "worker") for _ in range(4)]

    assert sorted(set(refused)) == sorted(f"bad{n}" for n in range(30))
    assert (rounds, len(refused)) == ([20, 20, 10, 0], 30)
    assert Delivery.objects.filter(done_at=None, stream__startswith="good").count() == 0
    assert Delivery.objects.filter(done_at=None, stream__startswith="bad").count() == 60


def test_many_reactions_that_fail_starve_none_that_does_not():
    for stream in (*(f"bad{n}" for n in range(30)), *(f"good{n}" for n in range(10))):
        for number in (1, 2):
            receive("orders", event(number, stream))
    told = []

    def reaction(fact):
        if fact.subject.startswith("bad"):
            raise ValueError("poison")
        told.append(fact.id)

    with time_machine.travel(timezone.now(), tick=False):
        rounds = [react("orders", {"payment.succeeded": reaction}, "worker") for _ in range(4)]

    assert rounds == [20, 20, 10, 0]
    assert len(told) == 20
    assert InboxEvent.objects.waiting().count() == 60
