"""Erasing somebody in one service: the door is closed, what had passed it ends, and then they are forgotten once."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.orders.models import AuditEvent, Erasure, Revocation
from chassis.subjects import Keeper, Part, erase, written

pytestmark = pytest.mark.django_db
SUBJECT = "usr_ana"


class Memory:
    """Keeps whom it forgot. `obstacle` is in the way while it says something."""

    def __init__(self):
        self.obstacle, self.forgotten, self.until = "", [], None
        self.keeper = Keeper(lambda *_: Part([], None), lambda _: self.obstacle, self._forget)

    def _forget(self, subject):
        self.forgotten.append(subject)
        return self.until


@pytest.fixture
def memory():
    return Memory()


@pytest.fixture
def ask(memory):
    return lambda key="erase:1": erase("orders", memory.keeper, SUBJECT, key=key)


@pytest.fixture
def at_once(settings):
    settings.ERASURE_SETTLE_SECONDS = 0


def test_first_no_token_of_theirs_is_believed_any_more_and_nothing_is_erased(ask, memory, settings):
    settings.ERASURE_SETTLE_SECONDS = 10

    outcome = ask()

    assert (outcome.status, memory.forgotten) == ("closing", [])
    assert 9 <= outcome.seconds <= 11
    assert Revocation.objects.filter(subject=SUBJECT).exists()


def test_then_they_are_forgotten(ask, memory, settings):
    settings.ERASURE_SETTLE_SECONDS = 10
    wait = ask().seconds

    with time_machine.travel(timezone.now() + timedelta(seconds=wait)):
        outcome = ask()

    assert (outcome.status, memory.forgotten) == ("completed", [SUBJECT])
    assert AuditEvent.objects.get(action="subject.erased").subject == SUBJECT


def test_what_came_in_before_the_door_was_closed_is_in_the_way(ask, memory, settings):
    settings.ERASURE_SETTLE_SECONDS = 10
    wait, memory.obstacle = ask().seconds, "open_orders"

    with time_machine.travel(timezone.now() + timedelta(seconds=wait)):
        outcome = ask()

    assert (outcome.status, outcome.reason, memory.forgotten) == ("blocked", "open_orders", [])


def test_what_is_blocked_closes_no_door(ask, memory):
    memory.obstacle = "open_orders"

    assert ask().status == "blocked"
    assert not Revocation.objects.exists()
    assert not Erasure.objects.exists()


def test_the_same_key_erases_once_and_answers_the_same(ask, memory, at_once):
    memory.until = timezone.now() + timedelta(days=30)

    outcomes = [ask(), ask()]

    assert outcomes[0] == outcomes[1]
    assert (outcomes[0].status, outcomes[0].retained_until) == ("retained", memory.until)
    assert memory.forgotten == [SUBJECT]


def test_another_key_erases_what_has_come_since(ask, memory, at_once):
    ask()
    ask("erase:2")

    assert memory.forgotten == [SUBJECT, SUBJECT]


def test_a_part_tells_times_as_the_api_does():
    class Thing:
        at, name = timezone.now().replace(microsecond=5000), "a"

    assert written(Thing, ("name", "at")) == {"name": "a", "at": f"{Thing.at:%Y-%m-%dT%H:%M:%S}.005Z"}
