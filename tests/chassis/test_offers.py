"""What a page offers: to those who may do it, where it can be done, with what was typed."""

import re
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import path

from chassis.authentication import ACCESS_COOKIE
from chassis.methods import Method
from chassis.pages import Form, Link, Page
from chassis.permissions import Anyone, by_method, scope
from chassis.problems import DeadlineExceeded, DependencyUnavailable, InvalidState, Problem, RequestInProgress
from chassis.responses import Shown
from chassis.serializers import Integer, Strict, Text
from chassis.tokens import user_token
from chassis.views import View

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
SENT = "the-key-that-was-sent"


class Lamp(Strict):
    name = Text(max_length=20)
    watts = Integer(min_value=1)


REFUSALS: dict[str, Problem] = {
    "busy": RequestInProgress(),
    "away": DependencyUnavailable(),
    "slow": DeadlineExceeded(),
    "dark": InvalidState("It gives no light"),
}


class Nothing(Strict):
    pass


def lamp_steps(lamp, caller):
    yield Link("Secrets", "/secrets")
    yield Link("Elsewhere", "/elsewhere")
    yield Form("Light the lamp", path="/lamps/light")
    yield Form("Leave", path="/elsewhere")
    yield Form("Tell", path="/secrets")


class Lamps(View):
    permission_classes = [by_method(get=Anyone, post=scope("lamps:write"))]
    methods = {"POST": Method("Make", reads=Lamp)}
    idempotency = "natural"
    html = Page(heading="{name}", forms={"POST": Form("Make a lamp")}, steps=lamp_steps)

    def get(self, request):
        return Shown({"id": "lmp_1", "name": "Lantern"}, version=1)

    def post(self, request):
        body = self.read()
        if body["name"] == "broken":
            raise ZeroDivisionError
        if body["name"] in REFUSALS:
            raise REFUSALS[body["name"]]
        return Shown(body, version=None, status=202 if body["name"] == "later" else 201)


class Light(View):
    permission_classes = [Anyone]
    methods = {"POST": Method("Light", reads=Nothing)}
    idempotency = "natural"

    def post(self, request):
        return Shown({"status": "lit"}, version=None)


class Secrets(Light):
    permission_classes = [scope("secrets:read")]

    def get(self, request):
        return Shown({}, version=None)


@pytest.fixture
def browser(mount):
    """Ana at a browser: she may make lamps, and read no secrets."""
    views = (("lamps", Lamps), ("lamps/light", Light), ("secrets", Secrets))
    mount(orders=[path(address, view.as_view()) for address, view in views])
    browser = Client(headers={"Accept": "text/html"})
    who = {"user_id": "usr_ana", "roles": [], "email": "ana@example.com", "client_id": "browser"}
    browser.cookies[ACCESS_COOKIE] = user_token(**who, scope="lamps:write")
    return browser


def buttons(page):
    return re.findall(r"<button>([^<]+)</button>", page.content.decode())


def keys(page):
    return set(re.findall(r'name="_idempotency_key" value="([^"]+)"', page.content.decode()))


def send(browser, **typed):
    return browser.post("/v1/lamps", urlencode(typed), content_type=FORM)


def test_a_page_offers_what_its_caller_may_do(browser):
    page = browser.get("/v1/lamps")

    assert [button for button in buttons(page) if button != "Send"] == ["Light the lamp", "Make a lamp"]


def test_nothing_is_offered_to_who_has_not_signed_in(browser):
    browser.cookies.clear()

    page = browser.get("/v1/lamps")

    assert buttons(page) == []


def test_a_page_links_to_what_its_caller_may_see_in_its_own_service(browser):
    text = browser.get("/v1/lamps").content.decode()

    assert "/v1/secrets" not in text
    assert "/v1/elsewhere" not in text


def test_a_refused_form_keeps_what_was_typed_and_says_at_its_input_what_is_wrong(browser):
    text = send(browser, name="Lantern", watts="none").content.decode()

    assert 'name="name" value="Lantern"' in text
    assert 'name="watts" value="none"' in text
    assert 'aria-invalid="true" aria-describedby="form-1-watts-error"' in text
    assert 'id="form-1-watts-error">A valid integer is required.' in text


@pytest.mark.parametrize(("name", "status"), [("busy", 409), ("broken", 500), ("away", 503), ("slow", 504)])
def test_a_form_that_may_have_been_done_keeps_its_key_so_that_it_is_done_once(browser, name, status):
    page = send(browser, name=name, watts="1", _idempotency_key=SENT)

    assert (page.status_code, keys(page)) == (status, {SENT})


@pytest.mark.parametrize(("name", "status"), [("", 400), ("dark", 409)])
def test_a_form_that_was_not_done_gets_a_new_key_so_that_it_can_be_mended(browser, name, status):
    page = send(browser, name=name, watts="1", _idempotency_key=SENT)

    assert (page.status_code, len(keys(page)), SENT in keys(page)) == (status, 1, False)


def test_the_first_that_is_read_of_a_refusal_leads_to_its_inputs(browser):
    text = send(browser, name="Lantern", watts="none").content.decode()

    assert 'role="alert" tabindex="-1" autofocus' in text
    assert '<a href="#form-1-watts">Watts</a>: A valid integer is required.' in text


def test_refused_json_is_kept_as_it_was_typed(browser):
    text = send(browser, _body='{"name": "dark",  "watts": 1}').content.decode()

    assert "It gives no light" in text
    assert "<details open>" in text
    assert "{&quot;name&quot;: &quot;dark&quot;,  &quot;watts&quot;: 1}</textarea>" in text


@pytest.mark.parametrize("body", ["{", "[1]", '"text"', "null", '{"name": {"a": 1}, "watts": [2]}'])
def test_json_of_any_shape_is_refused_with_a_page(browser, body):
    page = send(browser, _body=body)

    assert page.status_code == 400
    assert buttons(page) == ["Make a lamp", "Send"]


def test_what_is_done_offers_no_more_of_it_and_what_is_not_yet_done_does(browser):
    made, later = send(browser, name="Lantern", watts="5"), send(browser, name="later", watts="5")

    assert (made.status_code, buttons(made)) == (201, [])
    assert (later.status_code, buttons(later)) == (202, ["Make a lamp", "Send"])


def test_what_others_typed_is_only_text_in_a_form(browser):
    text = send(browser, name='"><script>alert(1)</script>', watts="none").content.decode()

    assert "<script" not in text
