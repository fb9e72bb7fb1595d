"""How far away a service would be in a process of its own."""

import time

import pytest
import requests

from chassis.calls import Unavailable
from config import distances


@pytest.fixture(autouse=True)
def nothing_measured(monkeypatch):
    monkeypatch.setattr(distances, "_measured", {})


def test_a_call_over_http_costs_what_a_round_trip_takes(hosting, well):
    hosting("users", orders=well, payments=well)

    assert 0 < distances.remote_milliseconds() < 1000


def test_it_is_not_measured_again_within_a_minute(hosting, well):
    hosting("users", orders=well, payments=well)
    first = distances.remote_milliseconds()
    started = time.perf_counter()

    assert distances.remote_milliseconds() == first
    assert time.perf_counter() - started < 0.001


def test_where_nobody_answers_nothing_is_measured(hosting, dead):
    hosting("users", orders=dead, payments=dead)

    with pytest.raises(requests.ConnectionError):
        distances.remote_milliseconds()


def test_what_answers_with_something_else_is_no_measure(hosting, well):
    hosting("users", orders=f"{well}/elsewhere", payments=well)

    with pytest.raises(Unavailable):
        distances.remote_milliseconds()
