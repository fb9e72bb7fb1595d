"""Forms of the browsable API: hidden fields say what a browser cannot, for people signed in by cookie alone."""

import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from chassis.callers import Caller
from chassis.tokens import user_token

SCOPE = "products:write stock:read stock:write"
FORM = "application/x-www-form-urlencoded"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser():
    """A member of staff at a browser, signed in by cookie; forms are checked against forgery."""
    browser = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
    browser.cookies["access_token"] = user_token(
        user_id="usr_staff", scope=SCOPE, roles=["catalog"], email="staff@example.com", client_id="browser"
    )
    browser.get("/session")
    return browser


def fields(page):
    """What the page's form would send besides what is typed."""
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.content.decode().replace("&quot;", "'")))


def fill_in(browser, address, body, **changed):
    hidden = fields(browser.get(address))
    hidden["_if_match"] = hidden.get("_if_match", "").replace("'", '"')
    return browser.post(address, urlencode({**hidden, "_body": body, **changed}), content_type=FORM)


def test_a_form_sends_the_idempotency_key_that_it_hides(browser):
    lantern = '{"sku": "F-1", "name": "Lantern", "prices": [{"currency": "GBP", "amount": 255}]}'
    product = fill_in(browser, "/v1/products", lantern, _method="POST")["Location"].removeprefix("http://testserver")

    moved = fill_in(browser, f"{product}/stock-movements", '{"delta": 3, "reason": "receipt"}', _method="POST")

    assert moved.status_code == 201


def test_a_form_can_change_what_it_has_shown(browser):
    lantern = '{"sku": "F-2", "name": "Lantern", "prices": [{"currency": "GBP", "amount": 255}]}'
    product = fill_in(browser, "/v1/products", lantern, _method="POST")["Location"].removeprefix("http://testserver")

    changed = fill_in(browser, product, '{"name": "Paper lantern"}', _method="PATCH")

    assert changed.status_code == 200
    assert "Paper lantern" in changed.content.decode()


def test_a_form_from_elsewhere_changes_nothing(browser):
    browser.get("/v1/products")

    forged = browser.post("/v1/products", urlencode({"_method": "POST", "_body": "{}"}), content_type=FORM)

    assert forged.status_code == 403
    assert "csrf_failed" in forged.content.decode()


def test_a_program_sends_json_and_no_form(api):
    api.force_authenticate(Caller(id="usr_staff", kind="user", scopes=frozenset(SCOPE.split())))

    answer = api.post("/v1/products", "_body={}", content_type=FORM)

    assert answer.status_code == 415


def test_a_page_that_asks_who_it_is_leads_to_the_sign_in(client):
    answer = client.get("/v1/orders", headers={"Accept": "text/html"})

    assert (answer.status_code, answer["Location"]) == (302, "/session?next=/v1/orders")
