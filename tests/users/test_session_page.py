"""The sign-in page, as a browser uses it."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.users.api import pages
from apps.users.models import SignIn
from chassis.problems import ServicePaused
from tests.users.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def submit(browser, **fields):
    """Open the page and send its form, CSRF token included."""
    browser.get("/session")
    return browser.post("/session", {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, **fields})


@pytest.fixture
def visit(browser, ana):
    """Ana's browser, signed in."""
    submit(browser, email=ana.email, password=PASSWORD)
    return browser


def leave_for(minutes, browser):
    """What time does to a browser: the access token's cookie runs out."""
    del browser.cookies["access_token"]
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def test_the_page_works_without_scripts_and_can_be_framed_by_nobody(browser):
    answer = browser.get("/session?next=/v1/orders")

    assert answer.status_code == 200
    assert b'name="next" value="/v1/orders"' in answer.content
    assert b"<script" not in answer.content
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_signing_in_sets_cookies_that_no_script_can_read(browser, ana):
    answer = submit(browser, email=ana.email, password=PASSWORD, next="/v1/orders?limit=5")

    access, kept = answer.cookies["access_token"], answer.cookies["refresh_token"]
    assert (answer.status_code, answer["Location"]) == (303, "/v1/orders?limit=5")
    assert (access["path"], access["max-age"], kept["path"], kept["max-age"]) == ("/", 300, "/session", 30 * 86400)
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in (access, kept))
    assert not access["secure"]


def test_over_https_the_cookies_are_for_https_alone(browser, ana, settings):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, public_url="https://testserver")

    answer = submit(browser, email=ana.email, password=PASSWORD)

    assert answer.cookies["access_token"]["secure"]
    assert answer.cookies["refresh_token"]["secure"]


def test_the_cookie_opens_the_api(visit, ana):
    assert visit.get("/v1/users/me").json()["id"] == ana.id


def test_a_write_with_the_cookie_needs_the_forms_token_too(visit):
    answer = visit.patch("/v1/users/me", "{}", content_type="application/json", HTTP_IF_MATCH="*")

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_a_form_from_elsewhere_signs_nobody_in(browser, ana):
    answer = browser.post("/session", {"email": ana.email, "password": PASSWORD})

    assert answer.status_code == 403
    assert "access_token" not in browser.cookies


@pytest.mark.parametrize(
    ("email", "password"),
    [("ana@example.com", "not the password"), ("no address", PASSWORD), ("x\x00@example.com", PASSWORD), ("", "")],
)
def test_a_wrong_password_shows_the_page_again_and_says_so(browser, ana, email, password):
    answer = submit(browser, email=email, password=password, next="/v1/orders")

    assert answer.status_code == 401
    assert b'role="alert"' in answer.content
    assert b'value="/v1/orders"' in answer.content
    assert PASSWORD.encode() not in answer.content
    assert "access_token" not in browser.cookies


def test_what_was_typed_is_shown_as_text(browser):
    answer = submit(browser, email='"><b>ana</b>', password=PASSWORD)

    assert b"<b>ana" not in answer.content


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "orders", "\t//evil.example"],
)
def test_the_form_leads_nowhere_but_to_this_site(browser, ana, elsewhere):
    answer = submit(browser, email=ana.email, password=PASSWORD, next=elsewhere)

    assert (answer.status_code, answer["Location"]) == (303, "/")


def test_the_page_says_who_is_signed_in_and_offers_to_sign_out(visit, ana):
    answer = visit.get("/session")

    assert ana.email.encode() in answer.content
    assert b'value="sign-out"' in answer.content
    assert b'name="password"' not in answer.content


def test_a_visit_goes_on_after_the_access_token_has_run_out(visit, ana):
    with leave_for(6, visit):
        answer = visit.get("/session?next=/v1/users/me")

        assert (answer.status_code, answer["Location"]) == (303, "/v1/users/me")
        assert visit.get("/v1/users/me").json()["id"] == ana.id
    assert SignIn.objects.count() == 1


def test_a_visit_is_renewed_although_the_browser_still_sends_the_expired_token(visit):
    expired = visit.cookies["access_token"].value

    with leave_for(6, visit):
        visit.cookies["access_token"] = expired
        answer = visit.get("/session?next=/v1/users/me")

    assert answer.status_code == 303
    assert answer.cookies["access_token"].value != expired


def test_without_a_goal_the_renewed_visit_sees_the_page(visit, ana):
    with leave_for(6, visit):
        answer = visit.get("/session")

    assert answer.status_code == 200
    assert ana.email.encode() in answer.content
    assert answer.cookies["access_token"].value


def test_tabs_that_renew_at_once_stay_signed_in(visit):
    shared = visit.cookies["refresh_token"].value

    with leave_for(6, visit):
        visit.get("/session?next=/")
        del visit.cookies["access_token"]
        visit.cookies["refresh_token"] = shared
        second_tab = visit.get("/session?next=/")

    assert second_tab.status_code == 303
    assert SignIn.objects.get().ended_at is None


def test_a_cookie_that_is_good_for_nothing_is_thrown_away(browser):
    browser.cookies["refresh_token"] = "made up"

    answer = browser.get("/session?next=/v1/orders")

    assert answer.status_code == 200
    assert b'name="password"' in answer.content
    assert answer.cookies["refresh_token"]["max-age"] == 0


def test_signing_out_ends_the_visit_and_forgets_the_cookies(visit):
    kept = visit.cookies["refresh_token"].value

    answer = submit(visit, action="sign-out")

    assert (answer.status_code, answer["Location"]) == (303, "/session")
    assert [answer.cookies[name]["max-age"] for name in ("access_token", "refresh_token")] == [0, 0]
    assert SignIn.objects.get().ended_at
    assert visit.post("/v1/tokens/refresh", {"refresh_token": kept}, content_type="application/json").status_code == 401


def test_the_page_is_read_and_sent_and_nothing_else(browser):
    assert browser.put("/session", "{}", content_type="application/json").status_code in {403, 405}


def test_a_visit_is_not_over_while_accounts_take_no_changes(visit, ana, monkeypatch):
    def paused(**_):
        raise ServicePaused

    monkeypatch.setattr(pages, "refresh", paused)
    del visit.cookies["access_token"]

    answer = visit.get("/session")

    assert (answer.status_code, answer.json()["code"]) == (503, "service_paused")
    assert "refresh_token" not in answer.cookies
