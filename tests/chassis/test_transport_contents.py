"""What callers and callees exchange is text, by either transport."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from rest_framework.response import Response

from chassis import context
from chassis.calls import BrokenContract
from chassis.context import Context
from deploy.processes import wait_until
from tests.chassis.asking import Open, answered_by, ask, crash_midway, plain, say
from tests.chassis.processes import forget_topology


def test_an_answer_that_is_changed_changes_nothing_for_callee_or_other_callers(mount):
    stock = {"lines": [{"left": 3}]}
    mount(**answered_by(lambda request: JsonResponse(stock)))

    ask().json["lines"][0]["left"] = 0

    assert stock == {"lines": [{"left": 3}]}
    assert ask().json == stock


def test_a_body_that_the_callee_changes_stays_as_it_was_for_its_caller(mount):
    class Greedy(Open):
        def post(self, request):
            request.data["lines"].clear()
            return Response(request.data)

    mount(**answered_by(Greedy.as_view()))
    body = {"lines": [1, 2]}

    answer = say(body)

    assert (answer.json, body) == ({"lines": []}, {"lines": [1, 2]})


def test_values_arrive_as_json_carries_them_and_not_as_python_had_them(travel):
    values = {"decimal": Decimal("0.10"), "tuple": (1, 2), "at": datetime(2026, 1, 31, 12, tzinfo=UTC), 3: "three"}
    travel(**answered_by(lambda request: JsonResponse(values)))

    assert ask().json == {"decimal": "0.10", "tuple": [1, 2], "at": "2026-01-31T12:00:00Z", "3": "three"}


def test_no_number_that_json_does_not_know_leaves_the_caller(mount, payments):
    mount(**answered_by(plain))

    with pytest.raises(ValueError, match="JSON"):
        payments.post("/v1/thing", {"amount": float("nan")}, idempotency_key="k")


def test_a_streamed_answer_arrives_whole_and_what_it_held_is_closed(travel):
    closed = []

    class Source:
        def __iter__(self):
            yield from (b'{"pieces":', b" 2}")

        def close(self):
            closed.append("source")

    travel(**answered_by(lambda request: StreamingHttpResponse(Source())))

    assert ask().json == {"pieces": 2}
    wait_until(lambda: closed == ["source"], what="a server closes its source after the last byte")


def test_a_file_arrives_whole_and_is_closed(travel, tmp_path):
    file = Path(tmp_path / "answer.json")
    file.write_text('{"from": "a file"}')
    opened = []

    def send(request):
        opened.append(file.open("rb"))
        return FileResponse(opened[0])

    travel(**answered_by(send))

    assert ask().json == {"from": "a file"}
    wait_until(lambda: opened[0].closed, what="a server closes its file after the last byte")


def test_what_a_broken_stream_held_is_closed_too(mount):
    closed = []

    def broken(request):
        answer = crash_midway(request)
        answer._resource_closers.append(lambda: closed.append("source"))
        return answer

    mount(**answered_by(broken))

    with pytest.raises(BrokenContract):
        ask()

    assert closed == ["source"]


def test_compressed_answers_and_every_cookie_arrive(travel):
    def compressed(request):
        answer = HttpResponse(gzip.compress(b'{"small": true}'), headers={"Content-Encoding": "gzip"})
        answer.set_cookie("one", "1")
        answer.set_cookie("two", "2")
        return answer

    travel(**answered_by(compressed))

    answer = ask()

    assert answer.json == {"small": True}
    assert {"one=1", "two=2"} <= {part.strip() for part in answer.headers["Set-Cookie"].replace(";", ",").split(",")}


def test_a_cookie_that_a_callee_sets_is_not_brought_back_to_it(travel):
    def greet(request):
        answer = JsonResponse(dict(request.COOKIES))
        answer.set_cookie("seen", "before")
        return answer

    travel(**answered_by(greet))

    ask()

    assert ask().json == {}


def test_letters_of_every_alphabet_arrive_in_path_query_and_body(travel):
    class Echo(Open):
        query_parameters = frozenset({"q"})

        def post(self, request, word):
            return Response([word, request.query_params["q"], request.data])

    travel(payments=[path("echo/<word>", Echo.as_view())])

    answer = say("東京", to="/v1/echo/Köln €?q=%C5%81%C3%B3d%C5%BA")

    assert answer.json == ["Köln €", "Łódź", "東京"]


def test_both_transports_send_the_same_request(stranger, mount, settings):
    inside = []

    def keep(request):
        inside.append((request.method, request.get_full_path(), dict(request.headers), request.body))
        return plain(request)

    with context.entered(Context(request_id="the-same-one")):
        stranger.says({})
        say("Grüße", to="/v1/thing?a=1")
        mount(**answered_by(keep))
        settings.TOPOLOGY = replace(settings.TOPOLOGY, transport="in_process")
        forget_topology()
        say("Grüße", to="/v1/thing?a=1")

    assert _as_ours(inside[0]) == _as_ours(stranger.asked[0])


# urllib3 adds the first three, each call is a span of its own, and time passes between the two.
NOT_OURS = {"Host", "Accept-Encoding", "User-Agent", "Traceparent", "X-Request-Timeout-Ms"}


def _as_ours(request):
    method, address, headers, body = request
    kept = {name.title(): value for name, value in headers.items() if name.title() not in NOT_OURS}
    return method, address, kept, body
