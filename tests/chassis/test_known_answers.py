"""What a neighbour answered is known as long as it says, to whoever it was answered; and longer while it is down."""

import pytest
import requests
from django.db import OperationalError, connections
from django.db.transaction import atomic

from apps.orders.models import KnownAnswer
from chassis import context, known_answers
from chassis.calls import Neighbour, Refused, TimedOut, Unavailable
from chassis.known_answers import forget, outdate
from chassis.problems import ServicePaused
from chassis.transactions import OpenTransaction
from tests.chassis.answering import MINUTE, PATH, ask, down, later

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("users", "seen")]


def test_within_its_life_an_answer_is_asked_for_once_and_every_reader_gets_an_object_of_their_own(users, seen):
    first, second, third = ask(), ask(), ask()
    second.json["name"], second.headers["ETag"] = "Eve", "changed"

    assert (first.json, third.json, ask().json) == ({"name": "Ana"},) * 3
    assert (third.headers["ETag"], third.is_stale, third.answered_at) == ('"1"', False, first.answered_at)
    assert (len(users.asked), seen) == (1, ["miss", "hit", "hit", "hit"])


def test_a_hit_is_one_query(django_assert_num_queries):
    ask()
    ask()

    with django_assert_num_queries(1, using="orders"):
        ask()


def test_the_kept_body_is_sealed():
    ask()

    assert b"Ana" not in bytes(KnownAnswer.objects.get().sealed)


def test_what_has_not_changed_lives_longer_and_what_has_is_new(users, seen):
    ask()
    with later(61):
        unchanged = ask()
        users.says, users.headers = {"name": "Ana Kovač"}, {"Cache-Control": MINUTE, "ETag": '"2"'}
    with later(122):
        changed = ask()

    assert (unchanged.json, changed.json) == ({"name": "Ana"}, {"name": "Ana Kovač"})
    assert users.tags == [None, '"1"', '"1"']
    assert seen == ["miss", "revalidated", "miss"]


@pytest.mark.parametrize("caller", [Neighbour("orders", "users", "users:write"), Neighbour("payments", "users", "x")])
def test_another_identity_is_never_given_it(users, caller):
    ask()
    users.says = {"name": "for somebody else"}

    assert ask(caller).json == {"name": "for somebody else"}
    assert ask().json == {"name": "Ana"}


def test_two_services_that_keep_answers_never_share_one(users, monkeypatch):
    """Even in one table."""
    monkeypatch.setattr(known_answers, "keeps_answers", lambda _: True)
    monkeypatch.setattr(known_answers, "_rows", lambda _: KnownAnswer.objects)
    names = ("orders", "payments", "users")

    for name in names:
        users.says = {"for": name}
        ask(Neighbour(name, "users", "users:read"))

    answers = [known_answers.Question(Neighbour(name, "users", "users:read"), PATH, "usr_ana").key for name in names]
    assert len({*answers}) == KnownAnswer.objects.count() == 3


def test_for_whom_a_service_asks_is_in_no_answer(users):
    with context.entered(context.Context(actor="usr_ben")):
        ask()
    with context.entered(context.Context(actor="usr_cleo")):
        ask()

    assert len(users.asked) == 1


def test_an_answer_that_differs_by_whom_it_is_for_is_not_kept(users):
    users.headers |= {"Vary": "X-On-Behalf-Of"}
    ask()
    ask()

    assert len(users.asked) == 2


@pytest.mark.parametrize(
    ("said", "tags"), [("no-store", [None, None]), ("no-cache", [None, '"1"']), ("", [None, '"1"'])]
)
def test_what_is_not_fresh_is_asked_for_each_time(users, said, tags):
    users.headers["Cache-Control"] = said
    ask()
    ask()

    assert users.tags == tags


@pytest.mark.parametrize("trouble", [down(), requests.ReadTimeout("slow")])
def test_while_its_owner_is_down_it_is_given_and_marked(users, seen, trouble):
    known = ask()
    users.trouble = trouble

    with later(61):
        stale = ask()
    with later(3661), pytest.raises((Unavailable, TimedOut)):
        ask()

    assert (stale.json, stale.is_stale, stale.answered_at) == (known.json, True, known.answered_at)
    assert seen == ["miss", "stale"]


def test_a_crash_of_its_owner_is_no_reason_to_know_nothing(users):
    ask()
    users.status, users.says = 500, {"code": "internal_error"}

    with later(61):
        assert ask().is_stale


@pytest.mark.parametrize("said", ["no-cache", "max-age=60, must-revalidate"])
def test_what_may_not_be_used_without_asking_is_of_no_use_while_its_owner_is_down(users, said):
    users.headers["Cache-Control"] = said
    ask()
    users.trouble = down()

    with later(61), pytest.raises(Unavailable):
        ask()


def test_what_was_never_known_cannot_be_told(users):
    users.trouble = down()

    with pytest.raises(Unavailable):
        ask()


def test_a_refusal_is_passed_on_and_what_is_gone_is_forgotten(users):
    ask()
    users.status, users.says = 404, {"code": "not_found"}
    with later(61), pytest.raises(Refused):
        ask()
    users.trouble = down()

    with later(62), pytest.raises(Unavailable):
        ask()
    assert not KnownAnswer.objects.get().sealed


def test_a_refusal_of_the_question_forgets_nothing(users):
    ask()
    users.status, users.says = 403, {"code": "forbidden"}
    with later(61), pytest.raises(Refused):
        ask()
    users.trouble = down()

    with later(62):
        assert ask().is_stale


def test_what_was_outdated_is_asked_for_by_the_next_reader(users):
    ask()
    users.says, users.headers = {"name": "Ana Kovač"}, {"Cache-Control": MINUTE, "ETag": '"2"'}
    outdate("orders", "usr_ben")
    unchanged = ask()
    outdate("orders", "usr_ana")

    assert (unchanged.json, ask().json) == ({"name": "Ana"}, {"name": "Ana Kovač"})


def test_what_was_outdated_is_better_than_nothing(users):
    ask()
    outdate("orders", "usr_ana")
    users.trouble = down()

    assert ask().is_stale


def test_of_what_was_forgotten_nothing_is_left(users):
    ask()
    forget("orders", "usr_ana")
    users.trouble = down()

    with pytest.raises(Unavailable):
        ask()
    assert not KnownAnswer.objects.get().sealed


def test_what_is_sealed_with_another_secret_is_asked_for_anew(users, settings):
    ask()
    KnownAnswer.objects.update(sealed=b"sealed with what nobody has any more")

    assert ask().json == {"name": "Ana"}
    assert users.tags == [None, None]


def test_whether_it_is_known_or_not_nobody_asks_in_a_transaction():
    ask()

    with atomic(using="orders"), pytest.raises(OpenTransaction):
        ask()


@pytest.mark.parametrize("refusal", [ServicePaused(), OperationalError("database is locked")])
def test_an_answer_that_cannot_be_kept_is_given_all_the_same(users, refusal):
    def refuse_writes(execute, sql, params, many, context):
        if sql.startswith(("INSERT", "UPDATE")):
            raise refusal
        return execute(sql, params, many, context)

    with connections["orders"].execute_wrapper(refuse_writes):
        answers = [ask().json, ask().json]

    assert answers == [{"name": "Ana"}] * 2
    assert len(users.asked) == 2
