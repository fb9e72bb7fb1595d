"""How a request proves who is asking, and what it is told when it does not."""

import pytest
from django.test import Client
from django.urls import path
from rest_framework.response import Response

from chassis.authentication import ACCESS_COOKIE
from chassis.permissions import Anyone
from chassis.tokens import client_token, payer_token, service_token, user_token
from chassis.views import View

pytestmark = pytest.mark.django_db

CSRF = "a" * 32


class WhoAmI(View):
    permission_classes = [Anyone]

    def get(self, request):
        return Response({"id": request.user.id, "kind": request.user.kind, "by": request.auth})

    post = get


@pytest.fixture
def browser(mount):
    """A browser that must prove its forms are ours, before a view that tells everybody who they are."""
    mount(orders=[path("me", WhoAmI.as_view())])
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def ana():
    return user_token(user_id="usr_ana", scope="", roles=[], email="ana@example.com", client_id="password")


def bearer(token):
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def test_without_credentials_one_is_nobody(browser):
    assert browser.get("/v1/me").json() == {"id": "", "kind": "nobody", "by": None}


def test_a_bearer_token_says_who_one_is(browser):
    assert browser.get("/v1/me", **bearer(ana())).json() == {"id": "usr_ana", "kind": "user", "by": "bearer"}
    assert browser.get("/v1/me", HTTP_AUTHORIZATION=f"bEARER   {ana()} ").json()["id"] == "usr_ana"


def test_a_service_says_who_it_is_the_same_way(browser):
    answer = browser.get("/v1/me", **bearer(service_token("payments", "orders", "announcements:write")))

    assert answer.json() == {"id": "service:payments", "kind": "service", "by": "bearer"}


@pytest.mark.parametrize(
    "given",
    ["Bearer x", "Bearer", "Bearer ", "Basic YW5hOmFuYQ==", "Api-Key 123", "x", "Bearer x.y.z"],
)
def test_credentials_that_are_not_understood_are_refused_even_where_none_are_needed(browser, given):
    answer = browser.get("/v1/me", HTTP_AUTHORIZATION=given)

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer["WWW-Authenticate"] == 'Bearer realm="tearline", error="invalid_token"'


def test_a_token_for_another_service_is_refused(browser):
    assert browser.get("/v1/me", **bearer(payer_token("pay_1"))).status_code == 401


def test_whoever_needs_a_token_and_has_none_is_told_the_scheme_alone(mount, api):
    class People(WhoAmI):
        permission_classes = [type("Nobody", (Anyone,), {"has_permission": lambda *_: False})]

    mount(orders=[path("me", People.as_view())])

    nobody, somebody = api.get("/v1/me"), api.get("/v1/me", **bearer(ana()))

    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_authenticated")
    assert nobody["WWW-Authenticate"] == 'Bearer realm="tearline"'
    assert (somebody.status_code, somebody.json()["code"]) == (403, "forbidden")


# Programs


def for_ana(scope):
    return user_token(user_id="usr_ana", scope=scope, roles=[], email="ana@example.com", client_id="cli_1")


def test_a_program_says_who_it_is_the_same_way(browser):
    answer = browser.get("/v1/me", **bearer(client_token(client_id="cli_1", scope="")))

    assert answer.json() == {"id": "cli_1", "kind": "client", "by": "bearer"}


def test_a_program_is_the_person_that_it_asks_for_where_it_may(browser):
    token = bearer(for_ana("own:read"))

    assert browser.get("/v1/me", **token).json()["id"] == "usr_ana"
    assert browser.post("/v1/me", {}, content_type="application/json", **token).json()["id"] == "cli_1"


def test_what_a_program_was_given_is_no_visit(browser):
    browser.cookies[ACCESS_COOKIE] = for_ana("own:write")

    assert browser.get("/v1/me").json()["kind"] == "nobody"


# Browsers


def test_a_browser_carries_the_token_in_a_cookie(browser):
    browser.cookies[ACCESS_COOKIE] = ana()

    assert browser.get("/v1/me").json() == {"id": "usr_ana", "kind": "user", "by": "cookie"}


def test_a_cookie_that_is_no_token_makes_one_nobody(browser):
    browser.cookies[ACCESS_COOKIE] = "x"

    assert browser.get("/v1/me").json()["kind"] == "nobody"


def test_a_bearer_token_goes_before_a_cookie(browser):
    browser.cookies[ACCESS_COOKIE] = ana()

    assert browser.get("/v1/me", **bearer("x")).status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"HTTP_X_CSRFTOKEN": "b" * 32},
        {"HTTP_X_CSRFTOKEN": CSRF, "HTTP_ORIGIN": "https://elsewhere.example"},
    ],
    ids=["no token", "another token", "another origin"],
)
def test_a_form_that_did_not_come_from_this_site_is_refused(browser, sent):
    browser.cookies[ACCESS_COOKIE], browser.cookies["csrftoken"] = ana(), CSRF

    answer = browser.post("/v1/me", {}, content_type="application/json", **sent)

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_a_form_of_this_site_is_accepted(browser, settings):
    browser.cookies[ACCESS_COOKIE], browser.cookies["csrftoken"] = ana(), CSRF

    answer = browser.post(
        "/v1/me",
        {},
        content_type="application/json",
        HTTP_X_CSRFTOKEN=CSRF,
        HTTP_ORIGIN=settings.TOPOLOGY.public_url,
    )

    assert answer.json() == {"id": "usr_ana", "kind": "user", "by": "cookie"}


def test_a_token_in_a_header_needs_no_proof_of_origin_because_no_browser_adds_it(browser):
    answer = browser.post("/v1/me", {}, content_type="application/json", **bearer(ana()))

    assert answer.json()["id"] == "usr_ana"
