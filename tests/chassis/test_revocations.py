"""What was revoked is refused, by whoever hears of it, until nobody can hold it any more."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.transaction import atomic
from django.utils import timezone

from apps.orders.models import Revocation
from chassis.announcements import Announcement
from chassis.callers import Caller
from chassis.problems import InvalidToken
from chassis.revocations import LOOK_SECONDS, Watch, forget, heed, next_second, refuse_revoked, revoke

pytestmark = pytest.mark.django_db


def person(issued_at):
    return Caller(id="usr_ana", kind="user", issued_at=issued_at)


def revoked(not_before, subject="usr_ana"):
    with atomic(using="orders"):
        revoke("orders", subject, not_before)


@pytest.fixture
def watch(monkeypatch):
    """A process that has not looked yet."""
    fresh = Watch("orders")
    monkeypatch.setattr("chassis.revocations._watch", lambda _: fresh)
    return fresh


def test_tokens_from_before_are_refused_and_later_ones_are_not(watch):
    revoked(1000)

    refuse_revoked("orders", person(issued_at=1000))
    with pytest.raises(InvalidToken):
        refuse_revoked("orders", person(issued_at=999))


@pytest.mark.parametrize("subject", ["usr_ana", "cli_1", "aut_1", "jti_1"])
def test_a_token_may_be_refused_for_whom_by_whom_for_what_or_itself(watch, subject):
    names = {"client_id": "cli_1", "on_behalf_of": "usr_ana", "authorization_id": "aut_1", "token_id": "jti_1"}
    revoked(1000, subject=subject)

    with pytest.raises(InvalidToken):
        refuse_revoked("orders", replace(person(issued_at=999), **names))
    refuse_revoked("orders", replace(person(issued_at=1000), **names))


def test_nobody_else_is_refused(watch):
    revoked(1000, subject="usr_ben")

    refuse_revoked("orders", person(issued_at=1))


def test_the_next_second_is_later_than_every_token_that_there_is():
    assert time.time() < next_second() <= time.time() + 1


def test_an_announcement_is_heeded_and_an_older_one_takes_nothing_back(watch):
    with atomic(using="orders"):
        heed("orders")(Announcement("evt_1", "user.signed_out", "usr_ana", {"not_before": 2000}))
        heed("orders")(Announcement("evt_2", "user.signed_out", "usr_ana", {"not_before": 1000}))

    assert Revocation.objects.get().not_before == 2000


def test_a_process_looks_once_a_second(watch, django_assert_num_queries, monkeypatch):
    now = time.monotonic()
    watch.not_before("usr_ana")
    Revocation.objects.create(subject="usr_ana", not_before=1000, forgotten_at=timezone.now() + timedelta(hours=1))

    with django_assert_num_queries(0, using="orders"):
        assert watch.not_before("usr_ana") == 0
    monkeypatch.setattr(time, "monotonic", lambda: now + LOOK_SECONDS + 1)
    with django_assert_num_queries(1, using="orders"):
        assert watch.not_before("usr_ana") == 1000


def test_whoever_revokes_does_not_wait_for_the_second_to_be_over(watch, django_capture_on_commit_callbacks):
    watch.not_before("usr_ana")

    with django_capture_on_commit_callbacks(using="orders", execute=True):
        revoked(1000)

    assert watch.not_before("usr_ana") == 1000


def test_what_no_token_can_meet_any_more_is_forgotten():
    revoked(1000)
    Revocation.objects.create(subject="usr_ben", not_before=1, forgotten_at=timezone.now() - timedelta(seconds=1))

    forget("orders")

    assert [kept.subject for kept in Revocation.objects.all()] == ["usr_ana"]
