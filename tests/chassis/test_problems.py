"""Every no is a problem, says the same of itself everywhere, and has a page that explains it."""

import importlib
import inspect
import re

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions, serializers

from chassis import context
from chassis.context import Context
from chassis.problems import InternalError, InvalidRequest, NotFound, Problem, as_http, as_problem, body, respond
from chassis.topology import SERVICES
from config.problem_pages import PROBLEM_PAGES

MODULES = ["chassis.problems", *(f"apps.{service}.problems" for service in SERVICES)]
CLASSES = [
    found
    for module in MODULES
    for _, found in inspect.getmembers(importlib.import_module(module), inspect.isclass)
    if issubclass(found, Problem) and found is not Problem and found.__module__ == module
]
every_problem = pytest.mark.parametrize("problem", CLASSES, ids=lambda problem: problem.__name__)


class StockIsGone(Problem):
    status = 409
    title = "The stock is gone"


@every_problem
def test_a_page_says_whether_asking_again_helps(problem):
    text = " ".join((PROBLEM_PAGES / f"{problem.page()}.md").read_text().split()).lower()

    assert re.search(r"\b(again|repeat\w*|retry|same request|same key)\b", text)


# Their words


@every_problem
def test_a_problem_says_its_status_and_a_title_of_its_own(problem):
    assert 400 <= problem.status <= 504
    assert problem.title
    assert not problem.title.endswith(".")


def test_no_two_problems_share_a_code_or_a_title():
    assert len({problem.code() for problem in CLASSES}) == len(CLASSES)
    assert len({problem.title for problem in CLASSES}) == len(CLASSES)


def test_the_code_and_the_page_follow_from_the_name():
    assert (StockIsGone.code(), StockIsGone.page()) == ("stock_is_gone", "stock-is-gone")


def test_a_problem_has_the_members_of_the_standard_and_ours(settings):
    with context.entered(Context(request_id="of-this-request")):
        told = body(StockIsGone("Of the blue ones", left=0), "/v1/orders")

    assert told == {
        "type": f"{settings.TOPOLOGY.public_url}/problems/stock-is-gone",
        "title": "The stock is gone",
        "status": 409,
        "code": "stock_is_gone",
        "detail": "Of the blue ones",
        "instance": "/v1/orders",
        "request_id": "of-this-request",
        "left": 0,
    }


def test_the_title_stays_the_same_whatever_the_detail():
    plain, detailed = body(StockIsGone(), "/"), body(StockIsGone("Of the blue ones"), "/")

    assert plain["title"] == detailed["title"] == plain["detail"]


def test_as_a_bare_answer_it_is_the_same_problem():
    with context.entered(Context(request_id="of-this-request")):
        answer = as_http(StockIsGone(headers={"Retry-After": "1"}), "/v1/orders")

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert (answer["Retry-After"], answer["Cache-Control"], answer["X-Request-ID"]) == (
        "1",
        "no-store",
        "of-this-request",
    )


# What other exceptions mean


@pytest.mark.parametrize(
    ("raised", "code", "status"),
    [
        (Http404("secret"), "not_found", 404),
        (exceptions.NotFound("secret"), "not_found", 404),
        (exceptions.ParseError("bad"), "invalid_request", 400),
        (exceptions.NotAuthenticated(), "not_authenticated", 401),
        (exceptions.AuthenticationFailed(), "invalid_token", 401),
        (exceptions.PermissionDenied(), "forbidden", 403),
        (PermissionDenied("secret"), "forbidden", 403),
        (exceptions.MethodNotAllowed("PUT"), "method_not_allowed", 405),
        (exceptions.NotAcceptable(), "not_acceptable", 406),
        (exceptions.UnsupportedMediaType("text/plain"), "unsupported_media_type", 415),
        (exceptions.Throttled(7), "rate_limited", 429),
        (RequestDataTooBig(), "payload_too_large", 413),
        (SuspiciousOperation("secret"), "invalid_request", 400),
        (RuntimeError("secret"), "internal_error", 500),
        (KeyError("secret"), "internal_error", 500),
        (exceptions.APIException("secret"), "internal_error", 500),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_whatever_is_raised_becomes_a_problem_that_gives_nothing_away(raised, code, status):
    problem = as_problem(raised)

    assert (problem.code(), problem.status) == (code, status)
    assert "secret" not in str(body(problem, "/"))


def test_a_caller_who_is_throttled_is_told_when_to_come_back():
    assert as_problem(exceptions.Throttled(7)).headers == {"Retry-After": "7"}
    assert as_problem(exceptions.Throttled()).headers == {"Retry-After": "1"}


def test_a_problem_is_what_it_is():
    problem = StockIsGone()

    assert as_problem(problem) is problem
    assert as_problem(NotFound()).status == 404


def test_a_crash_is_logged_with_its_trace_and_a_refusal_is_not(caplog):
    respond(StockIsGone(), {})
    assert caplog.records == []

    answer = respond(RuntimeError("the cause"), {})

    assert answer.status_code == 500
    assert "the cause" in caplog.text
    assert answer.data["code"] == InternalError.code()


# What is wrong with a body, and where


class Line(serializers.Serializer):
    sku = serializers.CharField()
    count = serializers.IntegerField(min_value=1)


class Body(serializers.Serializer):
    email = serializers.EmailField()
    lines = Line(many=True)
    tags = serializers.ListField(child=serializers.IntegerField(), required=False)

    def validate(self, attrs):
        raise serializers.ValidationError("No such luck", code="luck")


def errors_of(data):
    serializer = Body(data=data)
    with pytest.raises(serializers.ValidationError) as refusal:
        serializer.is_valid(raise_exception=True)
    problem = as_problem(refusal.value)
    assert isinstance(problem, InvalidRequest)
    return [(error["pointer"], error["code"]) for error in problem.members["errors"]]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({}, [("", "luck")]),
        ({"email": "x"}, [("/email", "invalid")]),
        (
            {"lines": [{"sku": "a", "count": 1}, {"count": 0}]},
            [("/lines/1/sku", "required"), ("/lines/1/count", "min_value")],
        ),
        ({"lines": {}}, [("/lines", "not_a_list")]),
        ({"tags": [1, "x"]}, [("/tags/1", "invalid")]),
        ({"email": None, "lines": None}, [("/email", "null"), ("/lines", "null")]),
    ],
    ids=["as a whole", "member", "in a list", "no list", "in a plain list", "two"],
)
def test_each_error_points_at_what_it_is_about(changes, errors):
    good = {"email": "ana@example.com", "lines": [{"sku": "a", "count": 1}]}

    assert errors_of({**good, **changes}) == errors


@pytest.mark.parametrize(
    ("name", "pointer"), [("a/b", "/a~1b"), ("a~b", "/a~0b"), ("~/", "/~0~1"), ("message", "/message"), ("0", "/0")]
)
def test_a_pointer_names_a_member_whatever_its_name(name, pointer):
    problem = as_problem(serializers.ValidationError({name: ["wrong"]}))

    assert [error["pointer"] for error in problem.members["errors"]] == [pointer]


def test_members_called_message_and_code_are_members_all_the_same():
    problem = as_problem(serializers.ValidationError({"message": ["one"], "code": ["two"]}))

    assert [(error["pointer"], error["message"]) for error in problem.members["errors"]] == [
        ("/message", "one"),
        ("/code", "two"),
    ]
