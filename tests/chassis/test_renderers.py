"""Answers for people: pages that they can click through."""

import re
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from apps.orders.services.catalogue import create_product
from chassis.authentication import ACCESS_COOKIE
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.tokens import user_token
from chassis.views import View

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert("x")</script> & https://shop.example/v1/orders javascript:alert(1)'


@dataclass
class Thing:
    name: str
    version: int = 3


class Shown(serializers.Serializer):
    name = serializers.CharField()


class Things(View):
    """Things, and *what* may be done with them."""

    permission_classes = [Anyone]
    methods = {"GET": Method("Read", shows={200: Shown})}
    query_parameters = frozenset({"q"})

    def get(self, request):
        return self.show(Thing(HOSTILE))

    def post(self, request):
        return Response({})

    patch = post


@pytest.fixture
def browse(mount):
    """Opens a page as a browser does, of somebody who is signed in or of nobody."""
    mount(orders=[path("things", Things.as_view())])

    def browse(address="/v1/things", email=""):
        browser = Client(headers={"Accept": "text/html"})
        if email:
            who = {"user_id": "usr_ana", "scope": "", "roles": [], "email": email, "client_id": "browser"}
            browser.cookies[ACCESS_COOKIE] = user_token(**who)
        return browser.get(address)

    return browse


def test_a_page_shows_the_answer_and_says_what_it_is_about(browse):
    page = browse()

    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    text = page.content.decode()
    assert "<h1>Things</h1>" in text
    assert "HTTP 200 OK" in text
    assert "https://shop.example/v1/orders</a>" in text


@pytest.mark.parametrize("address", ["/v1/things", '/v1/things?q=<script>alert("x")</script>'])
def test_nothing_that_was_typed_by_others_runs_in_the_page(browse, address):
    text = browse(address, email="<script>alert('x')</script>@example.com").content.decode()

    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert 'href="javascript' not in text


def test_forms_are_for_those_who_are_signed_in(browse):
    nobodys, anas = (browse(email=email).content.decode() for email in ("", "ana@example.com"))

    assert "<form" not in nobodys
    assert "Sign in" in nobodys
    assert re.findall(r'name="_method" value="(\w+)"', anas) == ["POST", "PATCH"]
    assert "ana@example.com" in anas
    assert "Sign out" in anas


def test_a_form_hides_what_a_browser_cannot_say(browse):
    text = browse(email="ana@example.com").content.decode()

    for hidden in ("csrfmiddlewaretoken", "_method", "_idempotency_key", "_if_match"):
        assert f'name="{hidden}"' in text
    assert 'value="&quot;3&quot;"' in text


def test_each_form_has_a_key_of_its_own(browse):
    pages = [browse(email="ana@example.com").content.decode() for _ in "ab"]

    keys = [key for page in pages for key in re.findall(r'_idempotency_key" value="(\w{32})"', page)]
    assert len(set(keys)) == len(keys) == 4


def test_no_script_runs_in_a_page_and_no_other_site_frames_it(browse):
    policy = browse()["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_list_is_a_table_with_filters_and_its_other_pages(client):
    for number in range(3):
        price = [{"currency": "GBP", "amount": 100 + number}]
        create_product(sku=f"LAMP-{number}", name=f"Lamp {number}", prices=price)

    text = client.get("/v1/products?limit=2&q=lamp", headers={"Accept": "text/html"}).content.decode()

    assert text.count("<tr>") == 1 + 2
    assert re.search(r'<label for="by-q">Search</label>\s*<input id="by-q" type="search" name="q" value="lamp">', text)
    assert re.search(r'<a rel="next" href="[^"]*cursor=', text)


def test_an_empty_list_says_so(client):
    page = client.get("/v1/products", headers={"Accept": "text/html"})

    assert "There is nothing in this list." in page.content.decode()


def test_a_refusal_is_a_page_too(browse):
    page = browse("/v1/things?size=1")

    assert (page.status_code, page["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "invalid_request" in page.content.decode()


def test_what_no_route_claims_is_a_page_for_a_browser(client):
    page = client.get("/v1/nothing", headers={"Accept": "text/html"})

    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Unknown" not in page.content.decode()


def test_a_page_leads_back_to_what_it_is_part_of(client):
    price = [{"currency": "GBP", "amount": 100}]
    lamp = create_product(sku="LAMP", name="Lamp", prices=price)

    text = client.get(f"/v1/products/{lamp.id}", headers={"Accept": "text/html"}).content.decode()

    assert '<nav class="crumbs" aria-label="Breadcrumbs"><a href="/v1/products">Products</a> › Product</nav>' in text


@pytest.mark.parametrize("address", ["/v1/products", "/v1/nothing"])
def test_a_page_that_is_part_of_nothing_leads_nowhere_back(client, address):
    text = client.get(address, headers={"Accept": "text/html"}).content.decode()

    assert "Breadcrumbs" not in text


def test_a_program_gets_json_without_anything_of_the_page(browse):
    answer = Client().get("/v1/things", headers={"Accept": "application/json"})

    assert answer.json() == {"name": HOSTILE}
    assert "Content-Security-Policy" not in answer
