"""Django's admin, as an admin's browser uses it: who is let in, and what they see."""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from django.core.checks import run_checks
from django.db import connections
from django.test import Client

from apps.users.models import ApiKey, AuditEvent, RegisteredClient, SignIn, User
from apps.users.services.people import deactivate
from chassis.rates import Rate
from chassis.topology import Tls
from tests.users.conftest import PASSWORD
from tests.users.visits import PAGES, ROOT, TABLES, Visit, of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", [*PAGES, "nowhere", "users/user/?role=admin&x=%2F%2Fevil.example"])
def test_nobody_is_sent_to_sign_in_and_comes_back(page):
    answer = Client().get(f"/admin/{page}")

    assert (answer.status_code, answer["Location"]) == (303, f"/session?next={quote(f'/admin/{page}', safe='')}")


def test_signing_in_leads_back_to_the_admin(root):
    browser = Client()

    answer = browser.post("/session", {"email": root.email, "password": PASSWORD, "next": "/admin/"}, follow=True)

    assert (answer.status_code, answer.redirect_chain) == (200, [("/admin/", 303)])


@pytest.mark.parametrize("role", ["customer", "support", "auditor"])
@pytest.mark.parametrize("page", ["", *TABLES])
def test_who_is_no_admin_is_refused_and_sent_nowhere(person, token_for, role, page):
    answer = Visit(token_for(person(roles=[role]))).get(page)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("page", PAGES)
def test_an_admin_sees_every_page(admin, page):
    assert admin.get(page).status_code == 200


def test_a_list_shows_what_there_is(admin, ana, key, register):
    register()

    shown = {table: admin.get(table).content.decode() for table in TABLES}

    assert ana.email in shown["users/user/"]
    assert "Stock sync" in shown["users/registeredclient/"]
    assert key[0].prefix in shown["users/apikey/"]
    assert "client.registered" in shown["users/auditevent/"]


def test_the_page_of_roles_tells_what_each_opens(admin):
    assert "orders:cancel" in admin.get("roles/").content.decode()
    assert 'href="/admin/roles/"' in admin.get().content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [({"q": "ANA@"}, {"ana"}), ({"role": "support"}, {"bo"}), ({"is_active__exact": "0"}, {"cy"}), ({"q": "%"}, set())],
)
def test_accounts_are_found_by_address_role_and_status(admin, person, query, found):
    people = {
        "ana": person(),
        "bo": person("bo@example.com", roles=["support"]),
        "cy": person("cy@example.com", is_active=False),
    }

    text = admin.get("users/user/", **query).content.decode()

    assert {name for name, user in people.items() if user.email in text} == found


@pytest.mark.parametrize(
    "question", ["user/?password__startswith=md5", "apikey/?digest__startswith=a", "apikey/?user__password__contains=a"]
)
def test_nothing_is_found_by_guesses_at_what_is_not_shown(admin, question):
    answer = admin.browser.get(f"/admin/users/{question}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_no_page_shows_a_key_a_hash_or_a_secret(admin, ana, key, register):
    secret = re.search(r'id="secret">([\w-]+)<', register().content.decode())[1]
    client, kept = RegisteredClient.objects.get(), ApiKey.objects.get()
    rows = [*User.objects.all(), client, kept, *AuditEvent.objects.all()]

    shown = "".join(admin.get(page).content.decode() for page in [*PAGES, *(of(row) for row in rows)])

    hidden = [secret, client.client_secret, key[1], kept.digest, *User.objects.values_list("password", flat=True)]
    assert [value for value in hidden if value in shown] == []
    assert "password" not in shown.lower()


@pytest.mark.parametrize("page", ["users/user/", "users/user/add/", "logout/", "nowhere"])
def test_a_form_from_elsewhere_is_refused(admin, ana, page):
    answer = admin.browser.post(f"/admin/{page}", {"action": "deactivate", "_selected_action": ana.pk, "index": 0})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert User.objects.get(pk=ana.pk).is_active


def test_signing_out_ends_the_visit(root):
    browser = Client(enforce_csrf_checks=True)
    browser.get("/session")
    proof = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    browser.post("/session", {**proof, "email": root.email, "password": PASSWORD})
    page = browser.get("/admin/").content.decode()

    browser.post("/session", {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, "action": "sign-out"})

    assert 'action="/session"' in page
    assert 'value="sign-out"' in page
    assert browser.get("/admin/").status_code == 303
    assert SignIn.objects.get().ended_at


@pytest.mark.parametrize(("page", "there"), [("login/", "/session?next=/admin/"), ("logout/", "/session")])
def test_djangos_own_doors_lead_to_ours(admin, page, there):
    answer = admin.get(page, next="https://evil.example/")

    assert (answer.status_code, answer["Location"]) == (303, there)


@pytest.mark.parametrize("page", ["password_change/", "autocomplete/", "r/1/2/", "nowhere", "users/nothing/"])
def test_what_we_have_elsewhere_is_not_there(admin, page):
    answer = admin.get(page)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.django_db(transaction=True)
def test_who_was_deactivated_is_out_at_once(admin, root, second):
    deactivate(user=root, by=ROOT)

    answer = admin.get()

    assert (answer.status_code, answer["Location"]) == (303, "/session?next=%2Fadmin%2F")


def test_over_tls_the_cookie_counts_at_the_gateways_connection_alone(admin, settings):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, tls=Tls("own.pem", "own.key", "ca.pem"))

    answer = admin.get()

    assert (answer.status_code, answer["Location"]) == (303, "/session?next=%2Fadmin%2F")


def test_a_program_that_asks_for_an_admin_is_not_an_admin(root, token_for):
    assert Visit(token_for(root, client_id="cli_0")).get().status_code == 303


@pytest.mark.parametrize("page", ["", "users/user/", "users/user/add/", "roles/"])
def test_a_page_is_kept_by_nobody_framed_by_nobody_and_runs_nothing_within_it(admin, page):
    answer = admin.get(page)

    assert "default-src 'none'; script-src 'self'; style-src 'self'" in answer["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert {"no-store", "private"} <= {*answer["Cache-Control"].split(", ")}
    assert not re.search(rb"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.content)


def test_what_was_done_is_told_to_the_admin_alone(root, ana, token_for, settings):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, public_url="https://testserver")

    answer = Visit(token_for(root)).post(
        "users/user/", follow=False, action="sign_out", index="0", _selected_action=[ana.pk]
    )

    cookie = answer.cookies["admin_messages"]
    assert (cookie["path"], cookie["samesite"], bool(cookie["httponly"]), bool(cookie["secure"])) == (
        *("/admin/", "Lax"),
        *(True, True),
    )


def test_an_admin_is_counted_as_at_the_api(admin, settings):
    settings.RATES = {**settings.RATES, "caller": Rate(1, 60)}

    answers = [admin.get(), admin.get()]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1]["Retry-After"]


@pytest.mark.parametrize(
    ("page", "statuses"),
    [
        ("users/user/%00/change/", {302, 400}),
        ("users/user/?role=%00", {200, 400}),
        ("users/user/?q=%00", {200}),
        ("users/user/?_to_field=password", {400}),
        ("users/registeredclient/99999999999999999999/change/", {302, 400}),
        ("users/auditevent/?p=99999999999999999999", {200, 302}),
    ],
)
def test_what_nobody_could_mean_breaks_nothing(admin, page, statuses):
    assert admin.browser.get(f"/admin/{page}").status_code in statuses


@pytest.mark.parametrize("row", ["\0", "9" * 30, "x"])
def test_rows_that_cannot_be_are_not_acted_on(admin, row):
    fields = {"action": "deactivate", "index": "0", "_selected_action": [row]}

    assert admin.post("users/registeredclient/", follow=False, **fields).status_code in {302, 400}


def test_without_the_slash_it_is_the_same_place(admin):
    assert admin.browser.get("/admin")["Location"] == "/admin/"


def test_other_pages_know_nothing_of_the_admin(root, token_for):
    answer = Visit(token_for(root)).browser.get("/session")

    assert "script-src" not in answer["Content-Security-Policy"]
    assert "admin_messages" not in answer.cookies


def test_the_admin_has_no_table_of_its_own():
    tables = connections["users"].introspection.table_names()

    assert [table for table in tables if table.startswith(("django_admin", "django_session"))] == []


def test_django_checks_what_the_tables_name():
    assert [check for check in run_checks(tags=["admin"]) if check.is_serious()] == []
