"""What any process answers: where everything begins, what problems mean, whether it lives."""

import re
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connections

from chassis.topology import SERVICES
from config.views import PROBLEM_PAGES

pytestmark = pytest.mark.django_db

HOST = "http://testserver"


def links(value):
    """Every address in an answer."""
    if isinstance(value, str):
        return [value] if value.startswith("http") else []
    members = value.values() if isinstance(value, dict) else value
    return [link for member in members for link in links(member)]


def test_every_address_that_the_home_page_lists_is_there(api):
    listed = links(api.get("/").json())

    statuses = {link: api.get(urlsplit(link).path).status_code for link in listed}

    assert len(listed) >= 12
    assert {link: status for link, status in statuses.items() if status not in {200, 401}} == {}


def test_the_home_page_leads_to_every_service(api):
    home = api.get("/").json()

    assert [*home["resources"]] == [*home["openapi"]] == [*SERVICES]
    assert f"{HOST}/v1/products" in home["resources"]["orders"]
    assert (home["docs"], home["problems"], home["session"]) == (f"{HOST}/docs", f"{HOST}/problems", f"{HOST}/session")


def test_the_home_page_is_a_page_of_links_in_a_browser(api):
    page = api.get("/", HTTP_ACCEPT="text/html").content.decode()

    assert f'href="{HOST}/v1/products"' in page


def test_every_kind_of_problem_is_listed_and_has_a_page(api):
    listed = api.get("/problems").json()["problems"]

    pages = [api.get(urlsplit(link).path) for link in listed]

    assert len(pages) == len([*PROBLEM_PAGES.glob("*.md")])
    assert {page.status_code for page in pages} == {200}
    assert all(page.json()["title"] and page.json()["text"] for page in pages)


def test_the_type_of_a_problem_opens_its_page(api):
    problem = api.get("/v1/no-such-thing").json()

    page = api.get(urlsplit(problem["type"]).path).json()

    assert page["title"] == problem["title"]


@pytest.mark.parametrize("page", ["no-such-problem", "..%2F..%2FREADME", "Not-Found", "not_found"])
def test_there_is_no_other_problem(api, page):
    answer = api.get(f"/problems/{page}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("form", ["", "/redoc"])
def test_the_documentation_of_a_service_needs_nobody_elses_files(api, service, form):
    page = api.get(f"/docs/{service}{form}")

    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert page.status_code == 200
    assert f"/openapi/{service}/v1.json" in page.content.decode()
    assert loaded
    assert [file for file in loaded if not file.startswith("/static/")] == []


def test_there_is_no_documentation_of_a_service_that_does_not_exist(api):
    assert (api.get("/docs/shipping").status_code, api.get("/docs/shipping/redoc").status_code) == (404, 404)


def test_the_documentation_is_linked_for_every_service(api):
    listed = api.get("/docs").json()

    assert listed["orders"] == {"swagger": f"{HOST}/docs/orders", "redoc": f"{HOST}/docs/orders/redoc"}
    assert {api.get(urlsplit(link).path).status_code for link in links(listed)} == {200}


def test_a_process_lives_without_its_databases(api, monkeypatch):
    monkeypatch.setattr(type(connections["orders"]), "ensure_connection", broken)

    live, ready = api.get("/livez"), api.get("/readyz")

    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()["code"]) == (500, "internal_error")


def test_a_process_is_ready_when_it_reaches_its_databases(api):
    ready = api.get("/readyz")

    assert ready.json() == {"status": "ready", "services": [*SERVICES]}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_of_itself_that_it_is_ready(api, service):
    assert api.get(f"/services/{service}/readyz").json() == {"service": service, "status": "ready"}


def broken(connection):
    raise OperationalError("the disk is gone")
