"""Waking whoever sleeps."""

import threading
import time

import pytest

from chassis import wakes
from chassis.wakes import sleep, wake


@pytest.fixture(autouse=True)
def nobody_else_wakes(monkeypatch):
    monkeypatch.setattr(wakes, "_something_to_do", threading.Event())


def slept(seconds):
    started = time.monotonic()
    sleep(seconds)
    return time.monotonic() - started


def test_nobody_wakes_and_one_sleeps_as_long_as_one_wanted():
    assert slept(0.05) >= 0.05


def test_a_wake_ends_the_sleep_at_once():
    threading.Timer(0.02, wake).start()

    assert slept(5) < 3


def test_a_wake_while_at_work_is_not_missed():
    wake()

    assert slept(5) < 3


def test_one_wake_ends_one_sleep():
    wake()
    sleep(5)

    assert slept(0.05) >= 0.05
