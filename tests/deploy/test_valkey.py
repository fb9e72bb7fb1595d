"""The Valkey of the split: on this machine alone, and gone with whoever started it."""

import socket
import time

import pytest
from django.core.cache.backends.redis import RedisCache

from chassis import traffic
from chassis.observations import SeenCall
from deploy import valkey


@pytest.fixture
def started(tmp_path):
    url, child = valkey.start(tmp_path)
    yield url, child
    child.end()


def test_processes_share_what_is_kept_there(started):
    url, _ = started
    one, other = RedisCache(url, {}), RedisCache(url, {})

    one.set("count", 1)
    other.incr("count")

    assert one.get("count") == 2
    one.close()
    other.close()


def test_processes_of_a_service_know_what_the_others_saw(started, monkeypatch):
    url, _ = started
    monkeypatch.setattr(traffic, "cache", RedisCache(url, {}))
    traffic.forget()

    traffic.call_ended(SeenCall("orders", "payments", "POST", "/v1/payments", "http", 1, "201", 0.002))
    traffic.forget()
    monkeypatch.setattr(traffic, "_HERE", "another-process")
    traffic.call_ended(SeenCall("orders", "payments", "POST", "/v1/payments", "http", 1, "timed_out", 0.002))

    (tally,) = traffic.seen_by("orders").calls.values()
    assert (tally.count, tally.outcomes) == (2, {"timed_out": 1})
    traffic.forget()


def test_one_that_hangs_holds_up_a_request_for_a_moment_and_once(monkeypatch, caplog):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        options = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), 0.25)
        monkeypatch.setattr(traffic, "cache", RedisCache(url, {"OPTIONS": options}))
        monkeypatch.setattr(traffic, "_resting_until", 0.0)
        traffic.forget()
        started = time.monotonic()

        for number in range(5):
            traffic.call_ended(SeenCall("orders", "payments", "GET", f"/v1/{number}", "http", 1, "200", 0.002))

        assert 0.2 < time.monotonic() - started < 1.0
        assert len(caplog.records) == 1
        traffic.forget()


def test_it_ends_when_it_is_told_to(started):
    url, child = started
    port = int(url.rpartition(":")[2].partition("/")[0])

    child.end()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
