"""When a neighbour is not asked, and by whom it is asked first when that is over."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.breakers import LONGEST_SECONDS, RECENT_SECONDS, Admission, Breaker, State


@pytest.fixture
def breaker():
    return Breaker(failures=3, rest=0.05)


def call(breaker, *, answered):
    admission = breaker.admit()
    breaker.record(admission, answered=answered)
    return admission


def opened(breaker):
    for _ in range(3):
        call(breaker, answered=False)
    return breaker


def test_it_opens_at_the_third_failure(breaker):
    call(breaker, answered=False)
    call(breaker, answered=False)
    assert breaker.state is State.CLOSED

    call(breaker, answered=False)

    assert (breaker.state, breaker.admit()) == (State.OPEN, None)


def test_failures_that_are_fewer_than_half_do_not_open_it(breaker):
    for _ in range(5):
        call(breaker, answered=True)
        call(breaker, answered=True)
        call(breaker, answered=False)

    assert breaker.state is State.CLOSED


def test_failures_of_long_ago_do_not_count(breaker, time_machine):
    call(breaker, answered=False)
    call(breaker, answered=False)
    time_machine(LONGEST_SECONDS + 1)

    call(breaker, answered=False)

    assert breaker.state is State.CLOSED


def test_what_was_answered_before_it_hung_keeps_it_closed_no_longer(breaker, time_machine):
    for _ in range(50):
        call(breaker, answered=True)
    time_machine(RECENT_SECONDS + 1)

    for _ in range(3):
        call(breaker, answered=False)

    assert breaker.state is State.OPEN


def test_who_is_seldom_asked_is_judged_by_ten_seconds(breaker, time_machine):
    for _ in range(3):
        call(breaker, answered=False)
        time_machine(RECENT_SECONDS + 1)

    assert breaker.state is State.OPEN


def test_without_a_number_of_failures_it_never_opens():
    breaker = Breaker(failures=0, rest=1)

    assert all(call(breaker, answered=False) for _ in range(30))


def test_a_probe_that_is_answered_closes_it(breaker):
    opened(breaker)
    time.sleep(0.06)

    assert call(breaker, answered=True) is Admission.PROBE
    assert (breaker.state, breaker.admit()) == (State.CLOSED, Admission.CALL)


def test_a_probe_that_fails_opens_it_for_another_rest(breaker):
    opened(breaker)
    time.sleep(0.06)

    assert call(breaker, answered=False) is Admission.PROBE
    assert breaker.admit() is None


def test_a_probe_that_shows_nothing_leaves_it_to_the_next_call(breaker):
    opened(breaker)
    time.sleep(0.06)

    assert call(breaker, answered=None) is Admission.PROBE
    assert breaker.admit() is Admission.PROBE


def test_calls_that_began_before_it_opened_change_nothing_afterwards(breaker):
    late = breaker.admit()
    opened(breaker)
    breaker.record(late, answered=True)
    assert breaker.state is State.OPEN
    time.sleep(0.06)
    breaker.admit()

    breaker.record(late, answered=False)

    assert breaker.state is State.HALF_OPEN


def test_of_twenty_threads_exactly_one_is_let_through_half_open(breaker):
    opened(breaker)
    time.sleep(0.06)
    together = threading.Barrier(20)

    def ask(_):
        together.wait()
        return breaker.admit()

    with ThreadPoolExecutor(20) as threads:
        admitted = list(threads.map(ask, range(20)))

    assert sorted(filter(None, admitted)) == [Admission.PROBE]


@pytest.fixture
def time_machine(monkeypatch):
    """Lets time pass."""
    now, passed = time.monotonic, []

    def travel(seconds):
        passed.append(seconds)
        monkeypatch.setattr(time, "monotonic", lambda: now() + sum(passed))

    return travel
