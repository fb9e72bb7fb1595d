"""Moving windows in memory: exact, whenever and however many ask."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine

from chassis.windows import SWEPT_AFTER, Windows


@pytest.fixture
def clock():
    with time_machine.travel(1_000_000, tick=False) as clock:
        yield clock


def test_what_is_left_falls_by_one_until_there_is_no_room(clock):
    windows = Windows()

    assert [windows.hit("anna", 2, 60) for _ in range(3)] == [
        (True, 1_000_060, 1),
        (True, 1_000_060, 0),
        (False, 1_000_060, 0),
    ]


def test_there_is_room_again_when_the_oldest_is_a_window_old(clock):
    windows = Windows()
    windows.hit("anna", 2, 60)
    clock.shift(30)
    windows.hit("anna", 2, 60)

    clock.shift(30)

    assert windows.hit("anna", 2, 60) == (True, 1_000_090, 0)
    assert windows.hit("anna", 2, 60) == (False, 1_000_090, 0)


def test_each_name_has_a_window_of_its_own(clock):
    windows = Windows()

    assert [windows.hit(name, 1, 60)[0] for name in ("anna", "boris", "anna")] == [True, True, False]


def test_exactly_as_many_pass_as_may_however_many_ask_at_once():
    windows = Windows()

    with ThreadPoolExecutor(20) as threads:
        passed = list(threads.map(lambda _: windows.hit("anna", 100, 60)[0], range(1000)))

    assert sum(passed) == 100


def test_what_is_over_is_forgotten(clock):
    windows = Windows()
    for number in range(SWEPT_AFTER - 1):
        windows.hit(f"guest-{number}", 1, 60)

    clock.shift(61)
    windows.hit("anna", 1, 60)

    assert [*windows._windows] == ["anna"]
