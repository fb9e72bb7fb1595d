"""What stands between a service and each neighbour."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis import bulkheads, context
from chassis.breakers import State
from chassis.calls import CallFailed, TimedOut, Unavailable
from chassis.context import Context
from chassis.guards import Rejected, guard, known


def tried(guarded, *, answered):
    with guarded.trying(1) as trial:
        trial.answered = answered


def test_each_pair_of_services_has_one_guard():
    assert guard("orders", "users") is guard("orders", "users")
    assert guard("orders", "users") is not guard("payments", "users")
    assert {(one.caller, one.neighbour) for one in known()} == {("orders", "users"), ("payments", "users")}


def test_a_crash_within_a_try_shows_nothing_and_leaves_no_place_taken():
    guarded = guard("orders", "users")

    for _ in range(9):
        with pytest.raises(ZeroDivisionError), guarded.trying(1):
            raise ZeroDivisionError

    assert (guarded.breaker.state, guarded.bulkhead.in_use) == (State.CLOSED, 0)


def test_an_open_circuit_rejects_and_leaves_no_place_taken():
    guarded = guard("orders", "users")
    for _ in range(3):
        tried(guarded, answered=False)

    with pytest.raises(Rejected) as rejected:
        tried(guarded, answered=True)

    assert (rejected.value.outcome, guarded.bulkhead.in_use) == ("open_circuit", 0)


def test_who_is_on_call_reads_that_a_neighbour_is_not_asked(caplog):
    guarded = guard("orders", "users")

    with caplog.at_level(logging.INFO, "tearline"):
        for _ in range(3):
            tried(guarded, answered=False)

    assert [record.getMessage() for record in caplog.records] == [
        "orders → users: does not answer: it is not asked for a while"
    ]


def outcome_of(asks):
    try:
        return str(asks.get("/v1/thing").status)
    except CallFailed as failure:
        return failure.outcome


# Neighbours that hang, or are dead


def test_who_does_not_answer_thrice_is_not_asked_again_for_a_while(stranger, asks, protected):
    protected(tries=1, rest=60)
    stranger.answers += ["drop", "drop", "drop"]
    for _ in range(3):
        with pytest.raises(Unavailable):
            asks.get("/v1/thing")

    with pytest.raises(Unavailable) as failure:
        asks.get("/v1/thing")

    assert failure.value.outcome == "open_circuit"
    assert len(stranger.asked) == 3


def test_one_call_finds_out_that_it_is_over(stranger, asks, protected):
    protected(tries=1, rest=0.05)
    stranger.answers += ["drop", "drop", "drop"]
    for _ in range(3):
        with pytest.raises(Unavailable):
            asks.get("/v1/thing")
    stranger.says({"is": "back"})
    time.sleep(0.06)

    assert asks.get("/v1/thing").json == {"is": "back"}
    assert guard("orders", "payments").breaker.state == "closed"


@pytest.mark.parametrize("status", [404, 409, 500])
def test_who_answers_is_not_dead_whatever_the_answer(stranger, asks, status):
    for _ in range(4):
        stranger.says({"code": "not_found"}, status=status)
        with pytest.raises(CallFailed):
            asks.get("/v1/thing")

    assert len(stranger.asked) == 4


def test_callers_in_a_hurry_cannot_make_it_look_dead(stranger, asks):
    stranger.answers += [0.3] * 40
    for _ in range(4):
        with context.entered(Context(deadline=time.monotonic() + 0.1)), pytest.raises(TimedOut):
            asks.get("/v1/thing")

    assert guard("orders", "payments").breaker.state == "closed"


def test_no_more_calls_than_there_are_places_hang_at_a_neighbour(slow_stranger, asks, protected, monkeypatch):
    monkeypatch.setattr(bulkheads, "PATIENCE_SECONDS", 0.1)
    protected(calls=2, tries=1)
    slow_stranger.answers += [(200, {}, b"{}"), (200, {}, b"{}")]

    with ThreadPoolExecutor(5) as threads:
        outcomes = [one.result() for one in [threads.submit(outcome_of, asks) for _ in range(5)]]

    assert sorted(outcomes) == ["200", "200", "no_room", "no_room", "no_room"]
    assert len(slow_stranger.asked) == 2
