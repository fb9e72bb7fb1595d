"""Who asks what somebody is asking already waits for that."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.flights import Flights
from deploy.processes import wait_until


class Slow:
    """A question that takes until the test says so."""

    def __init__(self, answer=None):
        self.answer, self.asked, self.begun, self.may_end = answer, 0, threading.Event(), threading.Event()

    def __call__(self):
        self.asked += 1
        self.begun.set()
        assert self.may_end.wait(10)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def flights():
    return Flights()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(20) as pool:
        yield pool


def joined(flights, threads, question, count):
    """So many who ask it together; it ends once all but one of them wait."""
    first = threads.submit(flights.share, "key", question, wait_seconds=None)
    assert question.begun.wait(10)
    others = [threads.submit(flights.share, "key", question, wait_seconds=None) for _ in range(count - 1)]
    waiting = flights._under_way["key"]._condition._waiters
    wait_until(lambda: len(waiting) == count - 1, what="the others to wait")
    question.may_end.set()
    return [first, *others]


def test_twenty_who_ask_at_once_share_one_answer(flights, threads):
    question = Slow("answer")

    answers = [asking.result() for asking in joined(flights, threads, question, 20)]

    assert answers == [("answer", False), *[("answer", True)] * 19]
    assert question.asked == 1


def test_they_share_its_failure(flights, threads):
    question = Slow(ValueError("no"))

    for asking in joined(flights, threads, question, 5):
        with pytest.raises(ValueError, match="no"):
            asking.result()


def test_who_has_no_time_to_wait_does_not(flights, threads):
    question = Slow("answer")
    first = threads.submit(flights.share, "key", question, wait_seconds=None)
    question.begun.wait(10)

    with pytest.raises(TimeoutError):
        flights.share("key", question, wait_seconds=0.01)
    question.may_end.set()

    assert first.result() == ("answer", False)


def test_another_question_waits_for_nobody(flights, threads):
    question = Slow("answer")
    threads.submit(flights.share, "key", question, wait_seconds=None)
    question.begun.wait(10)

    answer = flights.share("another key", lambda: "another answer", wait_seconds=None)
    question.may_end.set()

    assert answer == ("another answer", False)


def test_once_it_is_answered_the_same_is_asked_anew(flights):
    answers = iter("ab")

    assert [flights.share("key", lambda: next(answers), wait_seconds=None) for _ in range(2)] == [
        ("a", False),
        ("b", False),
    ]
