"""What a neighbour answered is known as long as it says, to whoever it was answered; and longer while it is down."""

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
import time_machine
from django.db import OperationalError, connections
from django.db.transaction import atomic
from django.utils import timezone
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from apps.orders.models import KnownAnswer
from chassis import calls, context, known_answers, observations
from chassis.calls import Neighbour, Refused, TimedOut, Unavailable
from chassis.known_answers import forget, forget_unread, outdate, renew
from chassis.problems import ServicePaused
from chassis.protections import Protection
from chassis.transactions import OpenTransaction
from deploy.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = Neighbour("orders", "users", "users:read")
PATH = "/internal/users/v1/users/usr_ana"
MINUTE = "private, max-age=60, stale-if-error=3600"


class StandInUsers(BaseAdapter):
    """Users at the transport. `says` is what it answers, `trouble` an exception to raise instead."""

    def __init__(self):
        super().__init__()
        self.says, self.status, self.trouble = {"name": "Ana"}, 200, None
        self.headers = {"Cache-Control": MINUTE, "ETag": '"1"'}
        self.asked, self.may_answer = [], threading.Event()
        self.may_answer.set()

    def send(self, request, *args, **options):
        self.asked.append(request)
        says, status, headers = json.dumps(self.says).encode(), self.status, self.headers
        assert self.may_answer.wait(10)
        if self.trouble:
            raise self.trouble
        if status == 200 and headers.get("ETag") == request.headers.get("If-None-Match", "none"):
            says, status = b"", 304
        return response(request, status, headers, says)

    def close(self):
        """Nothing is held open."""

    @property
    def tags(self):
        return [request.headers.get("If-None-Match") for request in self.asked]


def response(request, status, headers, content):
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}
    body = HTTPResponse(body=io.BytesIO(content), headers=headers, status=status, preload_content=False)
    return HTTPAdapter().build_response(request, body)


@pytest.fixture(autouse=True)
def users(monkeypatch, settings):
    """Who is asked once for each question, and never given up."""
    stand_in = StandInUsers()
    settings.CALLS = {**settings.CALLS, "users": Protection(tries=1, failures=0)}
    monkeypatch.setattr(calls, "transport_to", lambda _: stand_in)
    return stand_in


@pytest.fixture(autouse=True)
def seen(monkeypatch):
    """What became of the questions of readers."""
    results = []
    monkeypatch.setattr(observations, "read_cached", lambda caller, neighbour, result: results.append(result))
    return results


def ask(neighbour=ORDERS, path=PATH):
    return neighbour.get(path, known_as="usr_ana")


def later(seconds):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


def down():
    return requests.ConnectionError("connection refused")


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
