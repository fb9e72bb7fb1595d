"""Who reads at once, or while something is announced, and what workers do ahead of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.orders.models import KnownAnswer
from chassis import context, known_answers
from chassis.calls import TimedOut, Unavailable
from chassis.known_answers import forget, forget_unread, outdate, renew
from deploy.processes import wait_until
from tests.chassis.answering import MINUTE, ORDERS, PATH, ask, down, later

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("users", "seen")]


@pytest.fixture
def threads():
    with ThreadPoolExecutor(20, thread_name_prefix="reader") as pool:
        yield pool


def asked_by(threads, read=ask):
    def run():
        try:
            return read()
        finally:
            connections.close_all()

    return threads.submit(run)


@pytest.mark.parametrize("happens", [outdate, forget])
def test_an_answer_that_is_older_than_what_was_announced_is_not_kept(users, threads, happens):
    users.may_answer.clear()
    asking = asked_by(threads)
    wait_until(lambda: users.asked, what="the question")
    happens("orders", "usr_ana")
    users.may_answer.set()
    old = asking.result().json
    users.says, users.headers = {"name": "Ana Kovač"}, {"Cache-Control": MINUTE, "ETag": '"2"'}

    assert old == {"name": "Ana"}
    assert not KnownAnswer.objects.get().sealed
    assert ask().json == {"name": "Ana Kovač"}


def test_nobody_who_comes_after_an_announcement_joins_an_older_question(users, threads):
    ask()
    with later(61):
        users.may_answer.clear()
        older = asked_by(threads)
        wait_until(lambda: len(users.asked) == 2, what="the question")
        users.says, users.headers = {"name": "Ana Kovač"}, {"Cache-Control": MINUTE, "ETag": '"2"'}
        outdate("orders", "usr_ana")
        newer = asked_by(threads)
        wait_until(lambda: len(users.asked) == 3, what="another question")
        users.may_answer.set()

        assert (older.result().json, newer.result().json) == ({"name": "Ana"}, {"name": "Ana Kovač"})
        assert ask().json == {"name": "Ana Kovač"}


def test_what_was_forgotten_while_its_owner_failed_is_not_given(users, threads):
    ask()
    with later(61):
        users.may_answer.clear()
        asking = asked_by(threads)
        wait_until(lambda: len(users.asked) == 2, what="the question")
        forget("orders", "usr_ana")
        users.trouble = down()
        users.may_answer.set()

        with pytest.raises(Unavailable):
            asking.result()


def test_who_looked_before_an_answer_came_and_asks_after_it_did_does_not_ask_again(users):
    looked = known_answers.Question(ORDERS, PATH, "usr_ana").look_up()
    ask()

    answer = known_answers._join_or_ask(looked)

    assert (answer.json, len(users.asked)) == ({"name": "Ana"}, 1)


def test_who_asks_at_once_shares_one_question_and_gets_objects_of_their_own(users, threads, seen):
    users.may_answer.clear()
    asking = [asked_by(threads) for _ in range(10)]
    wait_until(lambda: _waiting() == 9, what="the others to wait")
    users.may_answer.set()

    answers = [one.result() for one in asking]

    assert len(users.asked) == 1
    assert len({id(answer.json) for answer in answers}) == 10
    assert sorted(seen) == [*["joined"] * 9, "miss"]


def test_nobody_waits_for_longer_than_they_have(users, threads):
    users.may_answer.clear()
    asking = asked_by(threads)
    wait_until(lambda: users.asked, what="the question")

    with context.entered(context.read_context({context.DEADLINE: "100"})), pytest.raises(TimedOut):
        ask()
    users.may_answer.set()

    assert asking.result().json == {"name": "Ana"}


def _waiting():
    return sum(len(flight._condition._waiters) for flight in [*known_answers._flights._under_way.values()])


def test_workers_ask_again_for_what_is_read_shortly_before_it_runs_out(users, seen):
    ask()
    ask()
    with later(47):
        early = renew("orders")
    with later(49):
        renewed, again = renew("orders"), renew("orders")
    with later(100):
        ask()

    assert (early, renewed, again) == (0, 1, 0)
    assert users.tags == [None, '"1"']
    assert seen == ["miss", "hit", "hit"]


def test_what_nobody_reads_is_left_to_run_out(users):
    ask()
    ask()
    with later(49):
        renew("orders")
    with later(49 + 49):
        assert renew("orders") == 0
    assert len(users.asked) == 2


def test_workers_try_once_and_leave_the_rest_to_readers(users):
    ask()
    ask()
    users.trouble = down()
    with later(49):
        renew("orders")
        tries = len(users.asked)
        assert renew("orders") == 0
        assert ask().is_stale is False
    assert len(users.asked) == tries


def test_a_worker_takes_a_bounded_number_at_once(monkeypatch):
    monkeypatch.setattr(known_answers, "RENEWED_AT_ONCE", 2)
    for number in range(3):
        for _ in range(2):
            ask(path=f"{PATH}{number}")

    with later(49):
        assert [renew("orders") for _ in range(3)] == [2, 1, 0]


def test_when_it_was_read_is_written_every_few_seconds_at_most(django_assert_num_queries):
    ask()
    ask()
    with later(4), django_assert_num_queries(1, using="orders"):
        ask()
    with later(6), django_assert_num_queries(2, using="orders"):
        ask()


def test_what_nobody_reads_for_long_is_deleted():
    ask()
    ask(path=f"{PATH}0")
    with later(6 * 86_400):
        ask()
    with later(8 * 86_400):
        forget_unread("orders")

    assert [known.path for known in KnownAnswer.objects.all()] == [PATH]
