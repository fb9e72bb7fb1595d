"""What clients of the gateway see when a service is down, slow, lost or back."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from deploy.processes import wait_until
from tests.deploy.stand_ins import open_door


def is_known_to_be_dead(door, path):
    before = time.monotonic()
    return door.get(path).status_code == 503 and time.monotonic() - before < 0.1


def test_a_service_that_is_down_is_a_problem_and_its_neighbours_are_none(own_door):
    own_door.stop("payments")

    answer = own_door.get("/v1/payments/a%22b?c=d", headers={"X-Request-ID": "asked-by-a-test"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json()["code"] == "dependency_unavailable"
    assert answer.json()["instance"] == "/v1/payments/a%22b"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"] == "asked-by-a-test"
    assert own_door.get("/v1/orders").json()["service"] == "orders"


def test_nobody_waits_long_for_a_service_that_just_died_nor_at_all_once_it_is_known(own_door):
    own_door.stop("payments")
    before = time.monotonic()

    first = own_door.get("/v1/payments")

    assert first.status_code == 503
    assert time.monotonic() - before < 2
    wait_until(lambda: is_known_to_be_dead(own_door, "/v1/payments"), seconds=2)


def test_a_service_that_comes_back_is_used_again_within_two_seconds(own_door):
    own_door.stop("payments")
    wait_until(lambda: is_known_to_be_dead(own_door, "/v1/payments"), seconds=3)

    own_door.start("payments")

    wait_until(lambda: own_door.get("/v1/payments").ok, seconds=2, what="payments")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_found_nobody_to_connect_to_waits_for_a_service_that_is_just_restarted(own_door, method):
    own_door.stop("orders")
    with ThreadPoolExecutor(1) as other:
        reply = other.submit(own_door.ask, method, "/v1/orders", data=b"abc")
        time.sleep(0.2)
        own_door.start("orders")

        told = reply.result().json()

    assert (told["service"], told["bytes"]) == ("orders", 3)


def test_what_any_process_answers_is_answered_while_one_is_left(own_door):
    own_door.stop("users")
    own_door.stop("orders")

    reached = [own_door.get(path).json()["service"] for path in ("/", "/docs", "/problems/not-found", "/readyz")]

    assert reached == ["payments"] * 4


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "the-same-key"}])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_command_that_was_sent_and_lost_is_never_sent_again(door, method, headers):
    door.asked("orders").clear()

    answer = door.ask(method, "/v1/orders/lost", headers=headers, data=b"{}")

    assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
    assert "may have been done" in answer.json()["detail"]
    assert door.asked("orders") == ["/v1/orders/lost"]


def test_a_question_that_was_lost_is_asked_again_for_a_moment(door):
    door.asked("orders").clear()

    answer = door.get("/v1/orders/lost")

    assert answer.status_code == 503
    assert len(door.asked("orders")) > 1


@pytest.fixture(scope="module")
def hurried_door(tmp_path_factory):
    """A gateway that waits one second where the real one waits thirty."""
    changes = [("response_header_timeout 30s", "response_header_timeout 1s"), ("read_body 30s", "read_body 1s")]
    with open_door(tmp_path_factory.mktemp("hurried"), changes=changes) as door:
        yield door


def test_a_service_that_takes_too_long_is_a_problem(hurried_door):
    answer = hurried_door.ask("POST", "/v1/orders/slow", data=b"{}")

    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")


def test_a_client_that_does_not_finish_its_body_costs_no_service_anything(hurried_door):
    hurried_door.asked("orders").clear()

    answer = hurried_door.say(b"POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf", patience=2)

    assert answer.startswith("HTTP/1.1 400")
    assert '"code": "invalid_request"' in answer
    assert hurried_door.asked("orders") == []
