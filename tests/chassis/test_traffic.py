"""What a process counts of its calls and requests, and what the processes of a service know of each other."""

import threading
import timeit

import pytest
from django.core.cache import cache

from chassis import traffic
from chassis.guards import guard
from chassis.observations import SeenCall, SeenRequest
from chassis.tallies import CallKind, RequestKind

ASKED = CallKind("orders", "payments", "POST", "/v1/payments", "http")
PAY = RequestKind("orders", "POST", "/v2/orders/{id}/pay")
# An order of magnitude above what it takes, because machines are busy.
MOST_SECONDS = 50e-6


class BrokenCache:
    """A cache that cannot be reached; it counts who tried."""

    def __init__(self):
        self.tried = 0

    def __getattr__(self, _name):
        return self._refuse

    def _refuse(self, *_):
        self.tried += 1
        raise ConnectionError("nobody listens")


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch):
    traffic.forget()
    cache.clear()
    monkeypatch.setattr(traffic, "_resting_until", 0.0)
    monkeypatch.setattr("chassis.guards._guards", {})
    yield
    traffic.forget()
    cache.clear()


@pytest.fixture
def broken_cache(monkeypatch):
    broken = BrokenCache()
    monkeypatch.setattr(traffic, "cache", broken)
    return broken


def call(outcome="201", *, route="/v1/payments", seconds=0.002):
    traffic.call_ended(SeenCall("orders", "payments", "POST", route, "http", 1, outcome, seconds))


def request(status=201, *, method="POST", service="orders", route="/v2/orders/{id}/pay", **calls_to):
    traffic.request_ended(SeenRequest(method, service, route, status, 0.004, calls_to))


def another_process(monkeypatch):
    """From here on this is another process of the same service."""
    traffic.forget()
    monkeypatch.setattr(traffic, "_HERE", f"{traffic._HERE}-next")


def test_a_call_is_counted_with_how_it_ended_and_how_long_it_took():
    for outcome in ("201", "201", "422", "timed_out"):
        call(outcome)

    (tally,) = traffic.seen_by("orders").calls.values()

    assert (tally.count, tally.outcomes, tally.p50) == (4, {"422": 1, "timed_out": 1}, 2.0)
    assert tally.failed_at > 0


def test_each_service_tells_of_the_calls_that_it_makes():
    call()

    assert [*traffic.seen_by("orders").calls] == [ASKED]
    assert traffic.seen_by("payments").calls == {}


def test_a_request_is_counted_with_the_calls_that_it_took():
    request(payments=1)
    request(payments=2, users=1)

    tally = traffic.seen_by("orders").requests[PAY]

    assert (tally.count, tally.calls, tally.most, tally.calls_to) == (2, 4, 3, {"payments": 3, "users": 1})


@pytest.mark.parametrize("other", [{"service": ""}, {"method": "BREW"}])
def test_what_no_service_answers_is_not_counted(other):
    request(**other)

    assert traffic.seen_by("orders").requests == {}


def test_threads_lose_nothing():
    threads = [threading.Thread(target=lambda: [call() for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert traffic.seen_by("orders").calls[ASKED].count == 4000


def test_routes_without_end_are_counted_together():
    for number in range(traffic.MOST_KINDS + 50):
        call(route=f"/v1/{number}")

    seen = traffic.seen_by("orders").calls

    assert len(seen) == traffic.MOST_KINDS + 1
    assert seen[ASKED._replace(route=traffic.OTHERS)].count == 50


def test_processes_of_a_service_know_what_the_others_saw(monkeypatch):
    call()
    another_process(monkeypatch)
    call("timed_out")
    request(payments=1)

    seen = traffic.seen_by("orders")

    assert (seen.calls[ASKED].count, seen.calls[ASKED].outcomes) == (2, {"timed_out": 1})
    assert seen.requests[PAY].calls == 1


def test_the_first_of_its_kind_is_told_at_once_and_the_others_a_second_later(monkeypatch):
    call()
    call()
    call(route="/v1/surprise")
    another_process(monkeypatch)

    told = {kind.route: tally.count for kind, tally in traffic.seen_by("orders").calls.items()}

    assert told == {"/v1/payments": 2, "/v1/surprise": 1}


def test_nothing_is_published_twice_within_a_second(monkeypatch):
    published = []
    monkeypatch.setattr(traffic, "_publish", published.append)

    for _ in range(100):
        call()

    assert published == ["orders"]


def test_who_was_lost_when_two_wrote_at_once_writes_itself_down_again(monkeypatch):
    call()
    cache.set(traffic._index("orders"), {})
    traffic._due.clear()
    call()
    another_process(monkeypatch)

    assert traffic.seen_by("orders").calls[ASKED].count == 2


def test_a_broken_cache_is_complained_of_once_and_costs_nobody_an_answer(broken_cache, caplog):
    for number in range(3):
        call(route=f"/v1/{number}")

    assert len(traffic.seen_by("orders").calls) == 3
    assert broken_cache.tried == 1
    assert [record.levelname for record in caplog.records if record.name == "tearline"] == ["WARNING"]


def test_what_ails_the_cache_for_long_is_not_complained_of_again(broken_cache, caplog, monkeypatch):
    call()
    monkeypatch.setattr(traffic, "_resting_until", 1e-9)
    call(route="/v1/later")

    assert broken_cache.tried == 2
    assert len(caplog.records) == 1


def test_breakers_are_told_of_with_whom_they_guard():
    guarded = guard("orders", "payments")

    assert traffic.seen_by("orders").breakers == [
        {"neighbour": "payments", "state": "closed", "in_use": 0, "size": guarded.bulkhead.size}
    ]
    assert traffic.seen_by("users").breakers == []


def test_counting_costs_next_to_nothing(monkeypatch):
    monkeypatch.setattr(traffic, "_due", {"orders": float("inf")})
    call()

    assert min(timeit.repeat(call, number=1000, repeat=5)) / 1000 < MOST_SECONDS
