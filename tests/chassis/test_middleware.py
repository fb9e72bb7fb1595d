"""Problems from where no view of ours runs."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, JsonResponse
from django.urls import NoReverseMatch, get_urlconf, path, reverse

from chassis import context, middleware
from chassis.problems import ServicePaused


@pytest.fixture
def page(mount, settings):
    """A page that Django answers alone: `page(view)`, without DEBUG, as clients see it."""
    settings.DEBUG = False
    return lambda view: mount(orders=[path("page", view, name="page")], users=[path("secret", view, name="secret")])


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "a b", "127.0.0.1.evil.example", "[::1"])
def test_a_host_that_is_not_ours_is_refused_before_anything_is_built_from_it(page, api, host):
    called = []
    page(lambda request: called.append(request) or JsonResponse({}))

    answer = api.get("/v1/page", HTTP_HOST=host)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert (answer.json()["code"], called) == ("invalid_request", [])
    assert "evil" not in answer.content.decode().replace(host, "")


def test_an_address_that_is_too_long_is_refused(page, api):
    page(lambda request: JsonResponse({}))

    answer = api.get("/v1/page?q=" + "x" * 4000)

    assert (answer.status_code, answer.json()["code"]) == (414, "uri_too_long")


def test_our_own_host_is_served(page, api, settings):
    page(lambda request: JsonResponse({}))

    assert api.get("/v1/page", HTTP_HOST=settings.TOPOLOGY.public_url.partition("//")[2]).status_code == 200


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Http404("secret"), 404, "not_found"),
        (PermissionDenied("secret"), 403, "forbidden"),
        (SuspiciousOperation("secret"), 400, "invalid_request"),
        (RuntimeError("secret"), 500, "internal_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_a_page_raises_is_a_problem(page, api, raised, status, code):
    def view(request):
        raise raised

    page(view)

    answer = api.get("/v1/page", HTTP_X_REQUEST_ID="from-the-browser")

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (answer.json()["code"], answer.json()["request_id"]) == (code, "from-the-browser")
    assert "secret" not in answer.content.decode()


def test_every_answer_has_a_request_id_and_the_page_knows_it(page, api):
    seen = []
    page(
        lambda request: seen.append((context.current().request_id, request.headers["X-Request-ID"])) or JsonResponse({})
    )

    made, brought = api.get("/v1/page"), api.get("/v1/page", HTTP_X_REQUEST_ID="from-the-browser")

    assert seen == [(made["X-Request-ID"],) * 2, ("from-the-browser",) * 2]
    assert brought["X-Request-ID"] == "from-the-browser"
    assert context.current().request_id == ""


def test_a_page_finds_the_routes_of_its_own_service_alone(page, api):
    def view(request):
        try:
            found = reverse("users:v1:secret")
        except NoReverseMatch:
            found = None
        return JsonResponse({"own": reverse("orders:v1:page"), "found": found})

    page(view)

    assert api.get("/v1/page").json() == {"own": "/v1/page", "found": None}
    assert get_urlconf() is None


def test_a_page_of_a_service_that_takes_no_changes_is_a_problem_that_says_when_to_come_again(page, api):
    def view(request):
        raise ServicePaused(headers={"Retry-After": "1"})

    page(view)
    answer = api.get("/v1/page")

    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "1", "service_paused")


def test_a_page_reads_where_the_rows_of_its_service_are_now(page, api, monkeypatch):
    kept_up = []
    monkeypatch.setattr(middleware, "keep_up", kept_up.append)
    page(lambda request: JsonResponse({}))

    api.get("/v1/page")

    assert kept_up == ["orders"]
