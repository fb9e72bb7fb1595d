"""What every call of one service to another has, seen from a neighbour that answers what it likes."""

import json
import socket
import time
from itertools import pairwise

import pytest
from django.http import JsonResponse
from django.urls import path

from chassis import calls, context
from chassis.calls import BrokenContract, CallFailed, Neighbour, Refused, TimedOut, Unavailable
from chassis.context import DEADLINE, HOPS, REQUEST_ID, Context
from chassis.retries import RESERVE

PROBLEM = {"code": "order_not_payable", "detail": "It is paid"}


def headers_of(stranger, position=-1):
    return stranger.asked[position][2]


def test_an_answer_comes_with_status_headers_and_json(stranger, asks):
    stranger.says({"id": "pay_1"}, status=201, Location="/v1/payments/pay_1")

    answer = asks.post("/v1/payments", {"amount": 3}, idempotency_key="k1")

    assert (answer.status, answer.json, answer.headers["location"]) == (201, {"id": "pay_1"}, "/v1/payments/pay_1")
    method, address, headers, body = stranger.asked[0]
    assert (method, address, json.loads(body)) == ("POST", "/v1/payments", {"amount": 3})
    assert (headers["Idempotency-Key"], headers["Content-Type"]) == ("k1", "application/json")


def test_a_question_carries_its_parameters_and_no_body(stranger, asks):
    stranger.says([])

    asks.get("/v1/payments", order_id="ord_1", note="a b&c")

    assert stranger.asked[0][:2] == ("GET", "/v1/payments?order_id=ord_1&note=a+b%26c")
    assert stranger.asked[0][3] == b""


def test_an_answer_without_a_body_is_none(stranger, asks):
    stranger.says(b"", status=204)

    assert asks.get("/v1/thing").json is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 428, 429])
def test_a_problem_is_a_refusal_that_says_which(stranger, asks, status):
    stranger.says(PROBLEM, status=status)

    with pytest.raises(Refused) as refusal:
        asks.get("/v1/thing")

    assert (refusal.value.neighbour, refusal.value.status, refusal.value.code) == ("payments", status, PROBLEM["code"])
    assert refusal.value.problem == PROBLEM
    assert len(stranger.asked) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("body", [PROBLEM, b"<html>Bad gateway</html>"], ids=["problem", "page"])
def test_a_neighbour_that_cannot_serve_is_unavailable_whoever_says_so(stranger, asks, status, body):
    for _ in range(3):
        stranger.says(body, status=status)

    with pytest.raises(Unavailable):
        asks.get("/v1/thing")

    assert len(stranger.asked) == 3


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, PROBLEM),
        (200, b"<html>hello</html>"),
        (200, b'{"cut": '),
        (200, b"\xff\xfe"),
        (404, b"<html>Not Found</html>"),
        (409, ["no", "problem"]),
        (422, b""),
    ],
    ids=["crash", "page", "half", "bytes", "page for a problem", "list for a problem", "nothing for a problem"],
)
def test_what_no_contract_allows_is_a_broken_contract(stranger, asks, status, body):
    stranger.says(body, status=status)

    with pytest.raises(BrokenContract):
        asks.get("/v1/thing")


def test_a_body_that_is_not_what_its_encoding_says_is_a_broken_contract(stranger, asks):
    stranger.says(b"not gzip", **{"Content-Encoding": "gzip"})

    with pytest.raises(BrokenContract):
        asks.get("/v1/thing")


def test_a_redirection_is_not_followed(stranger, asks):
    stranger.says(b"", status=302, Location="http://127.0.0.1:9/")

    assert asks.get("/v1/thing").status == 302
    assert len(stranger.asked) == 1


# Lost connections


def test_a_lost_connection_is_tried_again_as_the_same_command(stranger, asks):
    stranger.answers.append("drop")
    stranger.says({"id": "pay_1"}, status=201)

    answer = asks.post("/v1/payments", {"amount": 3}, idempotency_key="k1")

    assert answer.json == {"id": "pay_1"}
    first, second = stranger.asked
    assert first[2]["Idempotency-Key"] == second[2]["Idempotency-Key"] == "k1"
    assert first[3] == second[3]


def test_a_connection_lost_in_the_middle_of_the_answer_is_tried_again_too(stranger, asks):
    stranger.answers += [(200, {"Content-Length": "100", "Connection": "close"}, b'{"half":')]
    stranger.says({"whole": True})

    assert asks.get("/v1/thing").json == {"whole": True}


def test_a_connection_lost_thrice_is_a_neighbour_that_is_unavailable(stranger, asks):
    stranger.answers += ["drop", "drop", "drop"]

    with pytest.raises(Unavailable):
        asks.get("/v1/thing")

    assert len(stranger.asked) == 3


def test_who_asks_to_be_let_be_is_not_tried_again_before(stranger, asks):
    stranger.says(PROBLEM, status=503, **{"Retry-After": "1"})
    stranger.says({"is": "back"})
    started = time.monotonic()

    assert asks.get("/v1/thing").json == {"is": "back"}

    assert time.monotonic() - started >= 1


def test_who_asks_to_be_let_be_for_longer_than_anybody_waits_is_not_tried_again(stranger, asks):
    stranger.says(PROBLEM, status=503, **{"Retry-After": "2"})

    with pytest.raises(Unavailable) as failure:
        asks.get("/v1/thing")

    assert failure.value.retry_after == 2
    assert len(stranger.asked) == 1


def test_nothing_is_tried_again_when_the_budget_is_spent(stranger, asks, protected):
    protected(budget=0, failures=0)
    stranger.answers += ["drop"] * 30

    for _ in range(12):
        with pytest.raises(Unavailable):
            asks.get("/v1/thing")

    assert len(stranger.asked) == 12 + RESERVE


def test_where_nobody_listens_the_neighbour_is_unavailable(stranger, asks, settings):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        settings.TOPOLOGY.urls["payments"] = f"http://127.0.0.1:{reserved.getsockname()[1]}"

        with pytest.raises(Unavailable):
            asks.get("/v1/thing")


def test_where_nobody_picks_up_the_neighbour_is_unavailable_and_soon(stranger, asks, settings, protected):
    protected(connect=0.1)
    with socket.socket() as busy, socket.socket() as waiting:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        waiting.connect(busy.getsockname())
        settings.TOPOLOGY.urls["payments"] = f"http://127.0.0.1:{busy.getsockname()[1]}"
        started = time.monotonic()

        with pytest.raises(Unavailable):
            asks.get("/v1/thing")

        assert time.monotonic() - started < 3


# Time


def test_no_answer_in_time_is_a_timeout_and_is_not_tried_again(stranger, asks, protected):
    protected(timeout=1)
    stranger.answers += [1.5, "drop"]

    with pytest.raises(TimedOut):
        asks.get("/v1/thing")

    assert len(stranger.asked) == 1


def test_an_answer_that_stops_in_the_middle_is_a_timeout(stranger, asks, monkeypatch):
    def write_half(handler, *_):
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.flush()
        time.sleep(0.6)
        handler.close_connection = True

    monkeypatch.setattr(stranger, "_write", write_half)
    stranger.says({})

    with context.entered(Context(deadline=time.monotonic() + 0.3)), pytest.raises(TimedOut):
        asks.get("/v1/thing")


def test_the_neighbour_is_told_how_much_time_is_left(stranger, asks):
    stranger.says({})
    stranger.says({})

    asks.get("/v1/thing")
    with context.entered(Context(deadline=time.monotonic() + 2)):
        asks.get("/v1/thing")

    assert 2000 <= int(headers_of(stranger, 0)[DEADLINE]) <= 3000
    assert 1000 < int(headers_of(stranger, 1)[DEADLINE]) <= 2000 - 1000 * calls.RESERVE_SECONDS


def test_the_second_try_has_only_what_the_first_one_left(stranger, asks):
    stranger.answers += [0.2, "drop"]
    stranger.says({})

    with context.entered(Context(deadline=time.monotonic() + 2)):
        asks.get("/v1/thing")

    first, second = (int(headers_of(stranger, position)[DEADLINE]) for position in (0, 1))
    assert second <= first - 200


def test_a_request_whose_time_is_spent_asks_nobody(stranger, asks):
    with context.entered(Context(deadline=time.monotonic() - 1)), pytest.raises(TimedOut):
        asks.get("/v1/thing")

    assert stranger.asked == []


def test_the_deadline_shrinks_from_hop_to_hop(travel):
    """Seen by each of three who ask one another."""
    left = []

    def ask_the_next(request):
        left.append(int(request.headers[DEADLINE]))
        if len(left) == 3:
            return JsonResponse({})
        with context.entered(context.read_context(request.headers)):
            time.sleep(0.03)
            return JsonResponse(Neighbour("payments", "payments").get("/v1/thing", anonymous=True).json)

    travel(payments=[path("thing", ask_the_next)])

    Neighbour("orders", "payments").get("/v1/thing", anonymous=True)

    assert all(earlier - later >= 20 for earlier, later in pairwise(left))


# Who, and how far


def test_the_request_id_travels_and_one_hop_is_counted(stranger, asks):
    stranger.says({})

    with context.entered(Context(request_id="from-the-browser", hops=2)):
        asks.get("/v1/thing")

    assert headers_of(stranger)[REQUEST_ID] == "from-the-browser"
    assert headers_of(stranger)[HOPS] == "3"


def test_a_call_outside_any_request_has_an_id_of_its_own(stranger, asks):
    stranger.says({})
    stranger.says({})

    asks.get("/v1/thing")
    asks.get("/v1/thing")

    assert headers_of(stranger, 0)[REQUEST_ID] != headers_of(stranger, 1)[REQUEST_ID]
    assert len(headers_of(stranger)[REQUEST_ID]) == 32


def test_after_too_many_hops_nobody_is_asked(stranger, asks):
    with context.entered(Context(hops=calls.HOP_LIMIT)), pytest.raises(Unavailable, match="circle"):
        asks.get("/v1/thing")

    assert stranger.asked == []


def test_each_call_carries_the_callers_own_token_unless_it_is_anonymous(stranger, asks):
    stranger.says({})
    stranger.says({})

    asks.get("/v1/thing")
    asks.get("/v1/thing", anonymous=True)

    assert headers_of(stranger, 0)["Authorization"].startswith("Bearer ey")
    assert "Authorization" not in headers_of(stranger, 1)


# Faults on purpose


def test_a_neighbour_that_is_down_as_planned_is_not_asked(stranger, asks, plan):
    plan(down=["payments"])

    with pytest.raises(Unavailable):
        asks.get("/v1/thing")

    assert stranger.asked == []


def test_every_failure_is_a_call_that_failed_and_names_its_neighbour():
    failures = [
        Refused("users", 404, {}),
        Unavailable("users", "?"),
        TimedOut("users", "?"),
        BrokenContract("users", "?"),
    ]

    assert all(isinstance(failure, CallFailed) for failure in failures)
    assert {failure.neighbour for failure in failures} == {"users"}
