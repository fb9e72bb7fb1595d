"""Which format an answer has."""

import pytest
from django.urls import path
from rest_framework.response import Response

from chassis.permissions import Anyone
from chassis.problems import InvalidState
from chassis.views import View

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HTML, JSON, PACKED, XML = "text/html", "application/json", "application/msgpack", "application/xml"


class Thing(View):
    authentication_classes = ()
    permission_classes = [Anyone]

    def get(self, request):
        return Response({"fine": True})

    def post(self, request):
        raise InvalidState


@pytest.fixture(autouse=True)
def thing(mount):
    mount(orders=[path("thing", Thing.as_view())])


@pytest.fixture
def formats(api):
    """The format of the thing for whoever sends this `Accept`; None if there is none."""

    def asked(accept):
        answer = api.get("/v1/thing", HTTP_ACCEPT=accept)
        return None if answer.status_code == 406 else answer["Content-Type"].partition(";")[0]

    return asked


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/*", JSON, "*/*;q=0.1", " application/json ", "Application/JSON"]
)
def test_whoever_does_not_mind_gets_json(formats, accept):
    assert formats(accept) == JSON


def test_whoever_does_not_say_gets_json(client):
    assert client.get("/v1/thing")["Content-Type"] == JSON


@pytest.mark.parametrize("accept", [BROWSER, HTML, f"{BROWSER},image/avif,image/webp", "text/*", "*/*;q=0.8,text/html"])
def test_a_browser_gets_a_page(formats, accept):
    assert formats(accept) == HTML


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json;q=0.1, */*", "*/*, application/json;q=0, application/xml;q=0"]
)
def test_nobody_gets_a_page_who_did_not_ask_for_one(formats, accept):
    assert formats(accept) != HTML


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("application/json;q=0.1, application/xml;q=0.9", XML),
        ("application/xml;q=0.1, application/json;q=0.9", JSON),
        ("application/xml, application/msgpack", PACKED),
        ("application/xml, application/json", JSON),
        ("application/xml;q=0.5, application/msgpack;q=0.500", PACKED),
        ("application/xml;q=.2, application/json;q=.1", XML),
        ("application/xml;q=1.000, application/json;q=0.999", XML),
        ("text/plain, application/json;q=0.5", JSON),
    ],
)
def test_what_is_liked_best_is_chosen_and_among_equals_what_we_like_best(formats, accept, format):
    assert formats(accept) == format


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("application/json;q=0.2, application/*;q=0.5, */*;q=0.1", PACKED),
        ("*/*, application/json;q=0.5", PACKED),
        ("application/*;q=0.1, text/html;q=0.2, */*", HTML),
    ],
)
def test_the_most_specific_range_counts(formats, accept, format):
    assert formats(accept) == format


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("application/json;q=0, */*", PACKED),
        ("application/json;q=0", None),
        ("*/*;q=0", None),
        ("application/*;q=0.000, */*", None),
        ("*/*;q=0, application/xml;q=0.1", XML),
        ("text/html;q=0, text/*;q=0, application/json;q=0.001", JSON),
    ],
)
def test_what_has_no_quality_is_never_chosen(formats, accept, format):
    assert formats(accept) == format


@pytest.mark.parametrize(
    "accept",
    [
        "application/xml;level=2",
        "application/xml; charset=utf-8",
        'application/xml;q=1;profile="x"',
        "APPLICATION/XML;Q=1",
    ],
)
def test_parameters_are_not_compared(formats, accept):
    assert formats(accept) == XML


@pytest.mark.parametrize(
    "stray", ["xml", "application/", "/xml", "*", "*/xml", ";q=1", "application/xml;q=2", "a/b/c", "é"]
)
def test_what_is_no_range_is_as_if_it_were_not_there(formats, stray):
    assert formats(f"{stray}, application/json;q=0.1") == JSON


def test_an_endless_header_is_read_to_a_point(formats):
    assert formats(",".join(["image/png"] * 10_000)) is None


def test_a_refusal_lists_what_is_available_and_can_be_read(api):
    answer = api.get("/v1/thing", HTTP_ACCEPT="image/png, text/csv, text/plain")

    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")
    assert answer.json()["available"] == [JSON, PACKED, XML, HTML]
    assert "Accept" in answer["Vary"]


@pytest.mark.parametrize("accept", ["application/problem+json", "application/problem+json, image/png;q=0.1"])
def test_whoever_accepts_problems_is_always_answered(api, formats, accept):
    assert formats(accept) == JSON
    assert api.post("/v1/thing", HTTP_ACCEPT=accept).status_code == 409
    assert api.get("/v1/nothing", HTTP_ACCEPT=accept).status_code == 404


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("application/problem+json, application/xml;q=0.1", XML),
        ("application/problem+json, application/json;q=0", None),
        ("application/problem+json;q=0", None),
    ],
)
def test_to_accept_problems_is_no_wish_for_json(formats, accept, format):
    assert formats(accept) == format


@pytest.mark.parametrize("accept", [JSON, PACKED, XML, "application/problem+json", "*/*"])
def test_a_problem_is_written_as_one_whatever_was_asked_for(api, accept):
    answer = api.post("/v1/thing", HTTP_ACCEPT=accept)

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert answer.json()["code"] == "invalid_state"


def test_a_problem_is_a_page_in_a_browser(api):
    assert api.post("/v1/thing", HTTP_ACCEPT=BROWSER)["Content-Type"] == "text/html; charset=utf-8"


def test_no_format_is_chosen_by_a_suffix_or_a_parameter(api):
    assert api.get("/v1/thing.json").status_code == 404
    assert api.get("/v1/thing?format=xml").status_code == 400
