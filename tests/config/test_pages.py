"""What any process answers: where everything begins, what problems mean, whether it lives."""

import re
import time
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.db import OperationalError, connections
from django.test import Client
from django.utils.html import escape

from apps.users.services.accounts import ensure_account
from chassis.keys import own_key_set
from chassis.pages import POLICY
from chassis.tokens import user_token
from chassis.topology import SERVICES
from config import visitors
from config.accounts import CUSTOMER, DEMO_ACCOUNTS
from config.problem_pages import PROBLEM_PAGES
from config.routes import VERSIONS

pytestmark = pytest.mark.django_db

HOST = "http://testserver"
FOR_STAFF = ("This process", "in process", connections["orders"].vendor)


@pytest.fixture
def home(api):
    """The home page as a person sees it: `home()`, or `home(cookie)` with the token of a sign-in."""

    def look(access_token=""):
        if access_token:
            api.cookies["access_token"] = access_token
        return unescape(api.get("/", HTTP_ACCEPT="text/html").content.decode())

    return look


def token(*roles):
    """What the cookie of a person with these roles holds."""
    return user_token(user_id="usr_1", scope="", roles=[*roles], email="ana@example.com", client_id="browser")


def status_in_a_browser(api, address):
    answer = api.get(address, HTTP_ACCEPT="text/html,*/*;q=0.1")
    b"".join(answer)  # read to its end, which closes the file behind it
    return answer.status_code


def form_token(page):
    """What a form of the page proves that it is ours with."""
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]


def told(page):
    """What of the things that are for staff a page tells."""
    return [word for word in FOR_STAFF if word in page]


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
    assert f"{HOST}/v2/products" in home["resources"]["orders"]
    assert (home["docs"], home["problems"], home["session"]) == (f"{HOST}/docs", f"{HOST}/problems", f"{HOST}/session")


def test_the_home_page_is_a_page_of_links_in_a_browser(api):
    page = api.get("/", HTTP_ACCEPT="text/html").content.decode()

    assert f'href="{HOST}/v2/products"' in page


def test_every_link_of_the_home_page_leads_somewhere(api, home):
    page = home()

    links = [link for link in re.findall(r'(?:href|src|action)="([^"]+)"', page) if not link.startswith(("#", "data:"))]
    statuses = {link: status_in_a_browser(api, link) for link in links}

    assert len(statuses) >= 20
    assert {link: status for link, status in statuses.items() if status not in {200, 302}} == {}


def test_no_script_runs_on_the_home_page_and_no_style_is_within_it(api):
    answer = api.get("/", HTTP_ACCEPT="text/html")

    assert answer["Content-Security-Policy"] == POLICY
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=", answer.content.decode()) == []


def test_only_the_script_of_the_map_runs_on_the_page_of_staff(api):
    api.cookies["access_token"] = token("support")

    answer = api.get("/", HTTP_ACCEPT="text/html")

    page = answer.content.decode()
    assert answer["Content-Security-Policy"] == f"{POLICY}; script-src 'self'; connect-src 'self'"
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/config/map.js" defer>']
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []


def test_the_map_is_for_staff(home, saw):
    saw("payments", "orders", "GET /v2/orders/{id}")

    pages = home(), home(token("customer")), home(token("support"))

    assert ["Service map" in page for page in pages] == [False, False, True]
    assert ["not declared" in page for page in pages] == [False, False, True]


def test_a_call_that_is_not_declared_is_marked_in_the_drawing_and_in_the_table(home, saw):
    saw("payments", "orders", "GET /v2/orders/{id}")

    page = home(token("support"))

    drawn = re.findall(r'<g class="arrow alarm ([^"]+)">', page)
    assert drawn == ["of-payments of-orders"]
    assert re.search(r'<text [^>]*text-anchor="end">not declared</text>', page)
    assert re.search(r'GET /v2/orders/{id}</td>.*<strong class="alarm">not declared</strong>', page)
    assert "To look at: payments → orders: not declared." in page


def test_the_drawing_says_in_words_what_it_shows(home, saw):
    saw("orders", "payments", "POST /v1/payments", "201")

    words = re.search(r'<desc id="drawing-words">([^<]+)</desc>', home(token("support")))[1]

    assert "users and orders and payments in one process" in words
    assert "Calls seen: orders to payments. To look at: none." in words


def test_an_arrow_of_calls_that_were_never_seen_is_drawn_so(home, saw):
    saw("orders", "payments", "POST /v1/payments", "201")

    kinds = re.findall(r'<g class="arrow (\w+) of-(\w+) of-(\w+)">', home(token("support")))

    assert len(kinds) == 6
    assert [kind for kind in kinds if kind[0] != "never"] == [("in_process", "orders", "payments")]


def test_what_a_split_would_cost_is_on_the_page(home, saw, answered):
    saw("orders", "payments", "POST /v1/payments", "201")
    answered("orders", "POST /v2/orders/{id}/pay", payments=1)

    page = home(token("support"))

    assert "Orders: nothing that was seen stands in the way" in page
    assert "Calls that would leave the process: orders → payments POST /v1/payments." in page
    assert re.search(r'<th scope="row">POST /v2/orders/{id}/pay</th>.*<td>4.0</td><td>9.0</td>', page)


def test_a_visitor_reads_what_is_well_and_not_where_it_runs(home):
    page = home()

    assert [page.count(f"<h3>{service.capitalize()}</h3>") for service in SERVICES] == [1, 1, 1]
    assert page.count("> Well<") == 3
    assert told(page) == []


def test_a_customer_is_told_no_more_than_a_visitor(home):
    page = home(token("customer"))

    assert "ana@example.com" in page
    assert told(page) == []


@pytest.mark.parametrize("roles", [("support",), ("customer", "catalog"), ("admin",)])
def test_staff_read_where_everything_runs(home, roles):
    page = home(token(*roles))

    assert told(page) == [*FOR_STAFF]
    assert HOST in page


def test_where_a_neighbour_is_and_what_ails_it_is_for_staff(hosting, home, dead):
    staff = token("support")
    hosting("users", orders=dead, payments=dead)

    seen_by_visitor, seen_by_staff = home(), home(staff)

    assert (seen_by_visitor.count("> Not well<"), seen_by_visitor.count(dead)) == (2, 0)
    assert (seen_by_staff.count(f"at {dead}"), seen_by_staff.count("ConnectionError")) == (2, 2)


def test_the_home_page_waits_for_nobody_who_hangs(hosting, home, silent):
    hosting("users", orders=silent, payments=silent)
    started = time.monotonic()

    page = home()

    assert time.monotonic() - started < 1.5
    assert page.count("> Not well<") == 2


def test_a_process_without_users_knows_staff_by_the_keys_that_it_has_seen(hosting, home, dead):
    staff = token("finance")
    apps.get_model("orders", "KnownKeys").objects.create(issuer="users", key_set=own_key_set("users"))
    hosting("orders", users=dead, payments=dead)

    assert "ana@example.com" in home(staff)


def test_a_process_without_users_asks_it_for_keys_that_it_never_saw(hosting, home, well, monkeypatch):
    monkeypatch.setattr(visitors, "KEYS_SECONDS", 5.0)
    staff = token("finance")
    hosting("payments", users=well, orders=well)

    assert "This process" in home(staff)


def test_staff_who_cannot_be_known_right_now_are_visitors(hosting, home, silent):
    staff = token("admin")
    hosting("payments", users=silent, orders=silent)
    started = time.monotonic()

    page = home(staff)

    assert time.monotonic() - started < 2
    assert ("Payments" in page, told(page)) == (True, [])


@pytest.mark.parametrize("cookie", ["no token", "eyJhbGciOiJub25lIn0.e30."])
def test_a_cookie_that_is_no_good_is_a_visitors(home, cookie):
    page = home(cookie)

    assert page.count("> Well<") == 3
    assert told(page) == []


def test_whoever_is_signed_in_can_sign_out_at_the_home_page():
    ensure_account(**CUSTOMER._asdict())
    browser = Client(enforce_csrf_checks=True)
    form = {"email": CUSTOMER.email, "password": CUSTOMER.password}
    browser.post("/session", {**form, "csrfmiddlewaretoken": form_token(browser.get("/session"))})

    home = browser.get("/", HTTP_ACCEPT="text/html")
    left = browser.post("/session", {"action": "sign-out", "csrfmiddlewaretoken": form_token(home)})

    assert (CUSTOMER.email in home.content.decode(), left.status_code) == (True, 303)
    assert browser.cookies["access_token"].value == ""


def test_programs_read_the_same_home_whoever_they_are_and_whoever_is_well(hosting, api, dead):
    before = api.get("/").content
    api.cookies["access_token"] = token("admin")
    hosting("users", orders=dead, payments=dead)

    assert api.get("/").content == before


def test_the_demo_accounts_are_shown_in_development(home, settings):
    settings.DEBUG = True

    page = home()

    assert all(account.email in page and account.password in page for account in DEMO_ACCOUNTS)


def test_the_demo_accounts_are_not_shown_in_production(home, settings):
    settings.DEBUG = False

    pages = home() + home(token("admin"))

    assert [account.role for account in DEMO_ACCOUNTS if account.email in pages or account.password in pages] == []


def test_a_refusal_at_the_home_page_looks_as_it_does_everywhere(api):
    answer = api.get("/?page=2", HTTP_ACCEPT="text/html")

    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "invalid_request" in answer.content.decode()


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
    assert f"/openapi/{service}/{VERSIONS[service][-1]}.json" in page.content.decode()
    assert loaded
    assert [file for file in loaded if not file.startswith("/static/")] == []


def test_there_is_no_documentation_of_a_service_that_does_not_exist(api):
    addresses = ("/docs/shipping", "/docs/shipping/redoc", "/docs/users/v2", "/docs/shipping/v1")

    assert {api.get(address).status_code for address in addresses} == {404}


def test_the_documentation_is_linked_for_every_service(api):
    listed = api.get("/docs").json()

    assert listed["orders"]["v1"] == {"swagger": f"{HOST}/docs/orders/v1", "redoc": f"{HOST}/docs/orders/v1/redoc"}
    assert {service: [*versions] for service, versions in listed.items()} == {
        service: [*versions] for service, versions in VERSIONS.items()
    }
    assert {api.get(urlsplit(link).path).status_code for link in links(listed)} == {200}


def test_a_process_lives_without_its_databases(api, monkeypatch):
    monkeypatch.setattr(type(connections["orders"]), "ensure_connection", broken)

    live, ready = api.get("/livez"), api.get("/readyz")

    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()["code"]) == (503, "dependency_unavailable")
    assert int(ready["Retry-After"]) > 0


def test_a_process_is_ready_when_it_reaches_its_databases(api):
    ready = api.get("/readyz")

    assert ready.json() == {"status": "ready", "services": [*SERVICES]}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_of_itself_that_it_is_ready(api, service):
    assert api.get(f"/services/{service}/readyz").json() == {"service": service, "status": "ready"}


def broken(connection):
    raise OperationalError("the disk is gone")


@pytest.mark.parametrize("page", sorted(file.stem for file in PROBLEM_PAGES.glob("*.md")))
def test_a_problem_is_a_page_to_be_read(api, page):
    title = (PROBLEM_PAGES / f"{page}.md").read_text().partition("\n")[0].lstrip("# ")

    text = api.get(f"/problems/{page}", HTTP_ACCEPT="text/html").content.decode()

    main = text.partition("<main")[2]
    assert f"<h1>{escape(title)}</h1>" in main
    assert "`" not in main


def test_problems_are_listed_by_their_titles(api):
    text = api.get("/problems", HTTP_ACCEPT="text/html").content.decode()

    assert '<a href="/problems/insufficient-stock">' in text
    assert text.count('<li><a href="/problems/') == len([*PROBLEM_PAGES.glob("*.md")])
