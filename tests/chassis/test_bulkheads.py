"""How many calls to one neighbour may be under way."""

import threading
import time

import pytest

from chassis import bulkheads
from chassis.bulkheads import Bulkhead


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    monkeypatch.setattr(bulkheads, "PATIENCE_SECONDS", 0.1)


def test_there_is_room_for_so_many_and_no_more():
    bulkhead = Bulkhead(2)

    assert [bulkhead.enter(0.01) for _ in range(3)] == [True, True, False]
    assert bulkhead.in_use == 2


def test_who_leaves_makes_room():
    bulkhead = Bulkhead(1)
    bulkhead.enter(0.01)
    threading.Timer(0.05, bulkhead.leave).start()

    assert bulkhead.enter(1)


def test_nobody_waits_for_those_who_hang():
    bulkhead = Bulkhead(1)
    bulkhead.enter(1)
    started = time.monotonic()

    assert not bulkhead.enter(5)
    assert not bulkhead.enter(5)

    assert time.monotonic() - started < 0.5


def test_as_long_as_somebody_comes_and_goes_others_wait():
    bulkhead = Bulkhead(1)
    waited = []

    def stay():
        waited.append(bulkhead.enter(5))
        time.sleep(0.05)
        bulkhead.leave()

    crowd = [threading.Thread(target=stay) for _ in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    assert waited == [True] * 8
    assert bulkhead.in_use == 0


def test_without_a_size_there_is_always_room():
    bulkhead = Bulkhead(0)

    assert all(bulkhead.enter(0) for _ in range(50))
