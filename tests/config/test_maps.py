"""The service map: what was observed, compared with what is declared."""

import pytest

from chassis.guards import guard
from chassis.sightings import Sighting
from chassis.tallies import Traffic
from chassis.topology import SERVICES
from config import maps
from config.maps import cartographer

pytestmark = pytest.mark.django_db

PAYS = "POST /v1/payments"


def calls(service_map, caller, neighbour):
    return {
        f"{call.method} {call.route}": call
        for call in service_map.calls
        if (call.caller, call.neighbour) == (caller, neighbour)
    }


def arrow(service_map, caller, neighbour):
    return next(one for one in service_map.arrows if (one.caller, one.neighbour) == (caller, neighbour))


def place(service_map, service):
    return next(one for one in service_map.places if one.service == service)


def test_a_call_that_was_seen_is_on_the_map_with_its_times(saw):
    saw("orders", "payments", PAYS, "201", times=3)

    paid = calls(cartographer.look(), "orders", "payments")[PAYS]

    assert (paid.count, paid.p50, paid.p95, paid.transport) == (3, 2.0, 2.0, "in_process")
    assert (paid.is_declared, paid.notes) == (True, ())


def test_a_declared_call_that_was_never_seen_is_on_the_map_and_nothing_to_look_at():
    service_map = cartographer.look()

    never = calls(service_map, "orders", "payments")[PAYS]

    assert (never.count, never.p50, never.transport, never.notes) == (0, None, "", ())
    assert (service_map.alarms, service_map.undeclared) == ([], [])


def test_a_call_that_is_not_declared_is_marked(saw):
    saw("payments", "orders", "GET /v2/orders/{id}")

    service_map = cartographer.look()

    assert [call.name for call in service_map.undeclared] == ["payments → orders GET /v2/orders/{id}"]
    assert service_map.alarms == ["payments → orders: not declared"]


def test_what_everybody_may_ask_is_declared_and_no_arrow(saw):
    saw("payments", "orders", "GET /services/orders/jwks.json")

    service_map = cartographer.look()

    assert service_map.undeclared == []
    assert calls(service_map, "payments", "orders")["GET /services/orders/jwks.json"].is_upkeep
    assert arrow(service_map, "payments", "orders").count == 0


def test_a_call_that_failed_within_a_minute_is_failing(saw):
    saw("orders", "payments", PAYS, "201", times=9)
    saw("orders", "payments", PAYS, "timed_out")

    paid = calls(cartographer.look(), "orders", "payments")[PAYS]

    assert (paid.failed, paid.outcomes, paid.notes) == (1, {"timed_out": 1}, ("failing",))


def test_a_call_that_failed_long_ago_is_not(saw, monkeypatch):
    monkeypatch.setattr(maps, "FAILING_SECONDS", 0)
    saw("orders", "payments", PAYS, "timed_out")

    assert calls(cartographer.look(), "orders", "payments")[PAYS].notes == ()


def test_a_call_that_was_refused_is_well(saw):
    saw("orders", "payments", PAYS, "422")

    paid = calls(cartographer.look(), "orders", "payments")[PAYS]

    assert (paid.refused, paid.failed, paid.notes) == (1, 0, ())


def test_an_open_breaker_is_told_with_its_calls():
    for _ in range(10):
        breaker = guard("orders", "payments").breaker
        if (admission := breaker.admit()) is not None:
            breaker.record(admission, answered=False)

    found = arrow(cartographer.look(), "orders", "payments")

    assert (found.breaker, found.notes) == ("open", ("breaker open",))


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([], ""),
        (["closed"], "closed"),
        (["closed", "closed"], "closed"),
        (["half_open"], "half open"),
        (["closed", "open", "closed"], "open in 1 of 3"),
    ],
)
def test_breakers_of_several_processes_are_told_in_one_word(states, told):
    seen = Sighting("orders", "1", SERVICES, {}, 0, Traffic())
    seen.traffic.breakers.extend({"neighbour": "users", "state": state} for state in states)

    assert maps._breaker(seen, "users") == told


def test_services_of_one_process_are_together():
    service_map = cartographer.look()

    assert {one.together for one in service_map.places} == {SERVICES}
    assert {one.waiting for one in service_map.places} == {0}
    assert {one.version for one in service_map.places} != {""}


def test_a_neighbour_tells_over_http_what_it_saw(hosting, elsewhere, saw):
    saw("orders", "payments", PAYS)
    elsewhere.hosts("orders", "payments")
    hosting("users", orders=elsewhere.url, payments=elsewhere.url)

    service_map = cartographer.look()

    assert calls(service_map, "orders", "payments")[PAYS].count == 1
    assert {one.reason for one in service_map.places} == {""}
    assert place(service_map, "orders").together == ("orders", "payments")
    assert (place(service_map, "orders").waiting, place(service_map, "orders").version) == (7, "9.9")
    assert {arrow(service_map, *pair).transport for pair in (("users", "orders"), ("payments", "users"))} == {"http"}


def test_a_neighbour_that_is_dead_is_not_asked_again_and_said_to_tell_nothing(hosting, dead, elsewhere):
    elsewhere.hosts("payments")
    hosting("users", orders=dead, payments=elsewhere.url)

    service_map = cartographer.look()

    assert place(service_map, "orders").reason == "not asked, because it is not well"
    assert place(service_map, "orders").together == ("orders",)
    assert place(service_map, "payments").reason == ""


def test_what_a_neighbour_tells_that_is_no_sighting_is_not_believed(monkeypatch):
    monkeypatch.setattr("config.questions._look", lambda service: Sighting.of_json({"service": service}))

    service_map = cartographer.look()

    assert {one.reason for one in service_map.places} == {"KeyError: 'version'"}
    assert not service_map.is_told
