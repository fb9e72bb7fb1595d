"""Each kind of fault, over both transports: what is delivered, and what whoever calls sees."""

import time
from functools import partial
from typing import get_args

import pytest
import requests
from django.http import HttpResponse, JsonResponse
from django.urls import path

from chassis import faults
from chassis.fault_kinds import KINDS
from chassis.fault_plans import Kind
from chassis.transports import base_url, transport_to
from deploy.processes import BASE

ROUTE = "/v1/thing"


@pytest.fixture
def delivered(travel):
    """What reached payments, which answers how many that are."""
    numbers = []

    def answer(request):
        numbers.append(request.method)
        return JsonResponse({"number": len(numbers)}, headers={"ETag": f'"{len(numbers)}"'})

    travel(payments=[path("thing", answer), path("nothing", lambda _: HttpResponse(status=204))])
    return numbers


def attempt(method="GET", route=ROUTE, seconds=5.0):
    """One try of a call, read to its end."""
    request = requests.Request(method, base_url("payments") + route).prepare()
    send = partial(transport_to("payments").send, request, timeout=(1.0, seconds))
    response = faults.deliver("orders", "payments", request, send, seconds)
    response.content  # noqa: B018  reads the body
    return response


def fault(kind, **facts):
    return {"neighbour": "payments", "kind": kind, "times": 1, **facts}


def test_every_kind_can_be_done_and_is_told_of():
    told = (BASE / "docs" / "faults.md").read_text()

    assert set(get_args(Kind)) == set(KINDS)
    assert [kind for kind in KINDS if f"| `{kind}` |" not in told] == []


def test_without_faults_a_try_is_delivered_once(delivered, plan):
    plan()

    assert attempt().json() == {"number": 1}


def test_what_is_down_is_not_asked(delivered, plan):
    plan(down=["payments"])

    with pytest.raises(requests.ConnectionError, match="down, as planned"):
        attempt()

    assert delivered == []


def test_a_delay_is_waited_for_before_the_delivery(delivered, plan):
    plan(faults=[fault("delay", seconds=0.05)])
    started = time.monotonic()

    assert attempt().json() == {"number": 1}

    assert time.monotonic() - started >= 0.05


def test_a_delay_longer_than_the_time_there_is_ends_with_it_undelivered(delivered, plan):
    plan(faults=[fault("delay", seconds=30)])
    started = time.monotonic()

    with pytest.raises(requests.ReadTimeout):
        attempt(seconds=0.1)

    assert 0.1 <= time.monotonic() - started < 5
    assert delivered == []


def test_a_delay_and_an_answer_that_are_too_long_together_are_a_timeout(travel, plan):
    def slowly(request):
        time.sleep(0.3)
        return JsonResponse({})

    travel(payments=[path("thing", slowly)])
    plan(faults=[fault("delay", seconds=0.3)])

    with pytest.raises(requests.ReadTimeout):
        attempt(seconds=0.5)


def test_an_error_before_delivers_nothing(delivered, plan):
    plan(faults=[fault("error_before")])

    with pytest.raises(requests.ConnectionError):
        attempt("POST")

    assert delivered == []
    assert attempt("POST").json() == {"number": 1}


def test_an_error_after_has_been_delivered(delivered, plan):
    plan(faults=[fault("error_after")])

    with pytest.raises(requests.ConnectionError):
        attempt("POST")

    assert delivered == ["POST"]
    assert attempt("POST").json() == {"number": 2}


def test_a_timeout_after_has_been_delivered_and_nobody_waits_for_it(delivered, plan):
    plan(faults=[fault("timeout_after")])
    started = time.monotonic()

    with pytest.raises(requests.ReadTimeout):
        attempt("POST", seconds=30)

    assert time.monotonic() - started < 5
    assert delivered == ["POST"]


def test_of_a_duplicate_the_second_answer_counts(delivered, plan):
    plan(faults=[fault("duplicate")])

    assert attempt("POST").json() == {"number": 2}
    assert attempt("POST").json() == {"number": 3}


def test_a_cut_body_fails_while_it_is_read(delivered, plan):
    plan(faults=[fault("cut_body")])

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        attempt("POST")

    assert delivered == ["POST"]
    assert attempt("POST").json() == {"number": 2}


def test_of_an_answer_without_a_body_the_head_is_cut(delivered, plan):
    plan(faults=[fault("cut_body")])

    with pytest.raises(requests.ConnectionError):
        attempt("POST", "/v1/nothing")


def test_a_stale_answer_is_what_was_answered_before(delivered, plan):
    plan(faults=[fault("stale_answer", times=2)])

    answers = [attempt() for _ in range(4)]

    assert [answer.json()["number"] for answer in answers] == [1, 1, 1, 2]
    assert [answer.headers["ETag"] for answer in answers] == ['"1"', '"1"', '"1"', '"2"']
    assert len(delivered) == 2


def test_only_the_same_question_has_a_stale_answer(delivered, plan):
    plan(faults=[fault("stale_answer")])
    attempt()

    assert attempt(route=f"{ROUTE}?limit=1").json() == {"number": 2}
    assert attempt("POST").json() == {"number": 3}
    assert attempt().json() == {"number": 1}


def test_several_faults_strike_together_and_the_first_is_the_outermost(delivered, plan):
    plan(faults=[fault("error_after"), fault("duplicate"), fault("stale_answer")])

    with pytest.raises(requests.ConnectionError, match="answer lost"):
        attempt()

    assert len(delivered) == 2
