"""What every view of ours answers, whatever it is about."""

import json

import pytest
from django.conf import settings as django_settings
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from chassis.context import DEADLINE, REQUEST_ID
from chassis.methods import Method
from chassis.permissions import Anyone, People
from chassis.serializers import Strict, Text
from chassis.views import View


class Body(Strict):
    name = Text(max_length=5)


class Shown(serializers.Serializer):
    name = serializers.CharField()


class Things(View):
    """Things, and what may be done with them."""

    authentication_classes = ()
    permission_classes = [Anyone]
    methods = {"GET": Method("Read", shows={200: Shown}), "POST": Method("Make", reads=Body, shows={201: Shown})}
    query_parameters = frozenset({"colour"})
    reads_headers = {"X-Thing-Token": "What opens a thing"}

    def get(self, request):
        return self.show({"name": request.query_params.get("colour", "none")})

    def post(self, request):
        return self.show(self.read(), status=201, location="/v1/things/1", secret="once")

    def delete(self, request):
        raise RuntimeError("the password is xyzzy")


class Private(View):
    permission_classes = [People]

    def get(self, request):
        return Response({})


@pytest.fixture(autouse=True)
def things(mount):
    mount(orders=[path("things", Things.as_view()), path("private", Private.as_view())])


def problem_of(answer):
    assert answer["Content-Type"] == "application/problem+json"
    return answer.json()["code"]


def test_an_answer_has_the_headers_that_every_answer_has(api):
    answer = api.get("/v1/things", HTTP_X_REQUEST_ID="from-the-browser")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Authorization", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}
    assert (answer["X-Request-ID"], answer["API-Version"]) == ("from-the-browser", "v1")


def test_a_refusal_has_them_too(api):
    answer = api.get("/v1/things?size=1", HTTP_X_REQUEST_ID="from-the-browser")

    assert (answer.status_code, answer["Cache-Control"]) == (400, "no-store")
    assert (answer["X-Request-ID"], answer["API-Version"]) == ("from-the-browser", "v1")
    assert (answer.json()["request_id"], answer.json()["instance"]) == ("from-the-browser", "/v1/things")


def test_what_was_created_is_shown_with_its_public_address_and_not_kept_by_caches(api, settings):
    answer = api.post("/v1/things", {"name": "Ana"})

    assert (answer.status_code, answer.json()) == (201, {"name": "Ana", "secret": "once"})
    assert answer["Location"] == f"{settings.TOPOLOGY.public_url}/v1/things/1"
    assert answer["Cache-Control"] == "no-store"


def test_a_head_is_answered_like_a_get_without_its_body(api):
    asked, got = api.head("/v1/things"), api.get("/v1/things")

    assert (asked.status_code, asked.content) == (200, b"")
    assert asked["Cache-Control"] == got["Cache-Control"]


# What is asked wrongly


def test_a_query_parameter_that_is_not_known_is_refused_and_named(api):
    answer = api.get("/v1/things?colour=red&size=1&format=json")

    assert problem_of(answer) == "invalid_request"
    assert [error["message"] for error in answer.json()["errors"]] == [
        "There is no query parameter 'size'",
        "There is no query parameter 'format'",
    ]


def test_a_member_that_is_not_known_is_refused_and_pointed_at(api):
    answer = api.post("/v1/things", {"name": "Ana", "nmae": "Bob"})

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"pointer": "/nmae", "code": "unknown_field", "message": "There is no such member"}
    ]


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("", "application/json", 400),
        ('{"name": "Ana"}', "text/plain", 415),
        ('{"name": "Ana"}', "application/xml", 415),
        ("name=Ana", "application/x-www-form-urlencoded", 415),
        ("name=Ana", "multipart/form-data; boundary=x", 415),
        ('{"name": "Ana"}', "application/json; charset=utf-8", 201),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(api, content, media_type, status):
    assert api.post("/v1/things", content, content_type=media_type).status_code == status


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_method_that_is_not_answered_is_refused_with_those_that_are(api, method):
    answer = getattr(api, method)("/v1/things", {})

    assert (answer.status_code, problem_of(answer)) == (405, "method_not_allowed")
    assert {name.strip() for name in answer["Allow"].split(",")} == {"GET", "POST", "DELETE", "HEAD", "OPTIONS"}
    for allowed in ("get", "options", "head"):
        assert getattr(api, allowed)("/v1/things").status_code == 200


def test_a_format_that_is_not_available_is_refused(api):
    answer = api.get("/v1/things", HTTP_ACCEPT="image/png")

    assert (answer.status_code, problem_of(answer)) == (406, "not_acceptable")


def test_a_body_may_have_a_mebibyte_and_no_more(api):
    limit = django_settings.MAX_BODY_BYTES
    fits, too_large = (json.dumps({"name": " " * (size - 15) + "Ana"}) for size in (limit, limit + 1))

    assert (len(fits), api.post("/v1/things", fits, content_type="application/json").status_code) == (limit, 201)
    answer = api.post("/v1/things", too_large, content_type="application/json")
    assert (answer.status_code, problem_of(answer)) == (413, "payload_too_large")


@pytest.mark.parametrize("length", ["-1", "many", "1.5", "9" * 5000])
def test_a_length_that_is_no_length_is_a_bad_request(api, length):
    assert api.post("/v1/things", {"name": "Ana"}, CONTENT_LENGTH=length).status_code in {400, 413}


# Time


@pytest.mark.parametrize("left", ["0", "00"])
def test_a_request_whose_time_is_spent_is_not_begun(api, left):
    answer = api.post("/v1/things", {"name": "Ana"}, headers={DEADLINE: left})

    assert (answer.status_code, problem_of(answer)) == (504, "deadline_exceeded")


@pytest.mark.parametrize("left", ["5000", "-1", "soon", "9" * 400])
def test_a_request_that_has_time_or_does_not_say_is_answered(api, left):
    assert api.get("/v1/things", headers={DEADLINE: left}).status_code == 200


# Crashes, and whoever does not belong here


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_crash_is_a_problem_that_tells_nothing_of_itself(api, settings, debug, accept, caplog):
    settings.DEBUG = debug

    answer = api.delete("/v1/things", headers={"Accept": accept, REQUEST_ID: "from-the-browser"})

    assert answer.status_code == 500
    for word in (b"xyzzy", b"RuntimeError", b"Traceback", b"test_views"):
        assert word not in answer.content
    assert b"from-the-browser" in answer.content
    assert "xyzzy" in caplog.text


def test_a_page_that_asks_who_one_is_leads_to_where_one_can_say_so(api):
    answer = api.get("/v1/private", HTTP_ACCEPT="text/html")

    assert (answer.status_code, answer["Location"]) == (302, "/session?next=/v1/private")
    assert api.get("/v1/private").status_code == 401


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
@pytest.mark.parametrize("address", ["/v1/nothing", "/v2/things", "/v1/things/", "/%00", "/v1/ü"])
def test_an_address_that_nobody_claims_is_a_problem(api, method, address):
    answer = getattr(api, method)(address)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["X-Request-ID"]


@pytest.mark.parametrize("method", ["PUT", "TRACE", "QUERY"])
def test_what_is_wrong_with_a_request_that_nobody_would_read_is_left_to_the_405(api, method):
    answer = api.generic(method, "/v1/things?size=1", "<x/>", "text/xml", HTTP_IF_MATCH="x" * 1001)

    assert (answer.status_code, problem_of(answer)) == (405, "method_not_allowed")


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match", "X-Thing-Token"])
def test_a_header_that_is_read_is_not_longer_than_any_that_could_be_meant(api, name):
    fits, too_long = (api.get("/v1/things", **{header(name): "x" * length}) for length in (1000, 1001))

    assert fits.status_code == 200
    assert (too_long.status_code, problem_of(too_long)) == (400, "invalid_request")
    assert name in too_long.json()["detail"]


def test_a_header_that_is_not_read_may_be_as_long_as_it_likes(api):
    assert api.get("/v1/things", HTTP_X_OTHER="x" * 1001).status_code == 200


def header(name):
    return f"HTTP_{name.upper().replace('-', '_')}"
