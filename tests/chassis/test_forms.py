"""Forms of the browsable API: hidden fields say what a browser cannot, for people signed in by cookie alone."""

import re
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client
from rest_framework import serializers

from chassis.callers import Caller
from chassis.forms import _Reading
from chassis.problems import InvalidRequest
from chassis.serializers import Amount, Integer, Strict, Text
from chassis.tokens import user_token

SCOPE = "products:write stock:read stock:write"
FORM = "application/x-www-form-urlencoded"
LANTERN = {"sku": "F-1", "name": "Lantern", "prices.0.currency": "GBP", "prices.0.amount": "255"}

pytestmark = pytest.mark.django_db(transaction=True)


class Line(Strict):
    product_id = Text()
    quantity = Integer()


class Address(Strict):
    city = Text()
    region = Text(allow_blank=True, default="")


class Body(Strict):
    lines = Line(many=True)
    address = Address()
    gift = serializers.BooleanField(required=False)
    limit = Amount(required=False, allow_null=True)
    note = Text(required=False, allow_blank=True)


@pytest.fixture
def browser():
    """A member of staff at a browser, signed in by cookie; forms are checked against forgery."""
    browser = Client(enforce_csrf_checks=True, headers={"Accept": "text/html"})
    browser.cookies["access_token"] = user_token(
        user_id="usr_staff", scope=SCOPE, roles=["catalog"], email="staff@example.com", client_id="browser"
    )
    browser.get("/session")
    return browser


def hidden(page):
    """What the page's forms would send besides what is typed."""
    found = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.content.decode()))
    return {name: value.replace("&quot;", '"') for name, value in found.items() if name.startswith(("_", "csrf"))}


def send(browser, address, method, typed, page=None):
    """Fill in the form of `page` for `address`, and send it."""
    body = {**hidden(browser.get(page or address)), "_method": method, **typed}
    return browser.post(address, urlencode(body), content_type=FORM)


def created(browser):
    """The page of a product that was just made with a form."""
    return send(browser, "/v1/products", "POST", LANTERN)["Location"]


def read(typed, *, clears=False):
    return _Reading(QueryDict(urlencode(typed, doseq=True)), clears=clears).body(Body())


def test_a_form_says_with_fields_what_json_says():
    typed = {"lines.0.product_id": "prd_1", "lines.0.quantity": "2", "address.city": "Whitby", "gift": "true"}

    assert read({**typed, "limit": "-5", "note": "two\r\nlines"}) == {
        "lines": [{"product_id": "prd_1", "quantity": 2}],
        "address": {"city": "Whitby"},
        "gift": True,
        "limit": -5,
        "note": "two\nlines",
    }


def test_what_is_left_blank_is_left_out():
    rows = {"lines.0.product_id": "", "lines.0.quantity": "", "lines.7.product_id": "prd_7", "lines.7.quantity": ""}

    assert read({**rows, "address.city": "", "note": "", "gift": "", "limit": ""}) == {
        "lines": [{"product_id": "prd_7"}],
        "address": {},
    }


def test_a_change_empties_what_is_left_blank_and_may_be_empty():
    assert read({"note": "", "limit": "", "gift": "", "address.region": ""}, clears=True) == {
        "note": "",
        "limit": None,
        "address": {"region": ""},
    }


@pytest.mark.parametrize("text", ["two", "2.0", "١", " 2", "1e3", "+1", "9" * 31])
def test_what_is_no_whole_number_stays_text_for_the_body_to_refuse(text):
    assert read({"limit": text})["limit"] == text


def test_what_the_body_does_not_know_is_refused_like_in_json():
    body = Body(data=read({"colour": "red", "lines.0.colour": "red"}))

    assert not body.is_valid()
    assert {"colour", "lines.0.colour"} <= set(body.errors)


def test_a_name_that_stands_twice_in_a_form_is_refused():
    with pytest.raises(InvalidRequest, match="more than once: note"):
        read({"note": ["a", "b"]})


def test_a_form_leads_to_the_page_of_what_it_made(browser):
    answer = send(browser, "/v1/products", "POST", LANTERN)

    assert answer.status_code == 303
    assert "Lantern</h1>" in browser.get(answer["Location"]).content.decode()


def test_a_form_can_still_be_json(browser):
    body = '{"sku": "F-2", "name": "Lantern", "prices": [{"currency": "GBP", "amount": 255}]}'

    answer = send(browser, "/v1/products", "POST", {"_body": body})

    assert answer.status_code == 303


def test_a_form_sent_twice_makes_one_thing(browser):
    typed = {**hidden(browser.get("/v1/products")), "_method": "POST", **LANTERN}

    first, again = (browser.post("/v1/products", urlencode(typed), content_type=FORM) for _ in "ab")

    assert first["Location"] == again["Location"]


def test_a_form_sends_the_idempotency_key_that_it_hides(browser):
    product = created(browser)

    moved = send(browser, f"{product}/stock-movements", "POST", {"delta": "3", "reason": "receipt"})

    assert moved.status_code == 201


def test_a_form_can_change_what_it_has_shown(browser):
    product = created(browser)

    changed = send(browser, product, "PATCH", {"name": "Paper lantern"})

    assert (changed.status_code, changed["Location"]) == (303, product)
    assert "Paper lantern</h1>" in browser.get(product).content.decode()


def test_a_form_of_an_old_page_changes_nothing(browser):
    product = created(browser)
    old = hidden(browser.get(product))
    send(browser, product, "PATCH", {"name": "Paper lantern"})

    late = browser.post(product, urlencode({**old, "_method": "PATCH", "name": "Lamp"}), content_type=FORM)

    assert late.status_code == 412
    assert 'value="Lamp"' in late.content.decode()


def test_a_form_from_elsewhere_changes_nothing(browser):
    browser.get("/v1/products")

    forged = browser.post("/v1/products", urlencode({"_method": "POST", **LANTERN}), content_type=FORM)

    assert forged.status_code == 403
    assert "csrf_failed" in forged.content.decode()


def test_a_program_sends_json_and_no_form(api):
    api.force_authenticate(Caller(id="usr_staff", kind="user", scopes=frozenset(SCOPE.split())))

    answer = api.post("/v1/products", urlencode(LANTERN), content_type=FORM)

    assert answer.status_code == 415


def test_a_form_after_the_sign_in_has_run_out_leads_to_signing_in(browser):
    typed = {**hidden(browser.get("/v1/products")), "_method": "POST", "currency": "GBP"}
    del browser.cookies["access_token"]

    answer = browser.post(
        "/v1/quotes", urlencode(typed), content_type=FORM, HTTP_REFERER="http://testserver/v1/products?q=a"
    )

    assert answer.status_code == 401
    assert 'href="/session?next=/v1/products%3Fq%3Da"' in answer.content.decode()


def test_a_page_that_asks_who_it_is_leads_to_the_sign_in(client):
    answer = client.get("/v1/orders", headers={"Accept": "text/html"})

    assert (answer.status_code, answer["Location"]) == (302, "/session?next=/v1/orders")
