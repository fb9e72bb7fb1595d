"""The pages that letters lead to, as a browser uses them."""

import pytest

from chassis.rates import Rate
from tests.users.conftest import PASSWORD

pytestmark = pytest.mark.django_db

NEW = "another long secret"
PAGES = ["/session/confirm", "/session/resend", "/session/forgot", "/session/password"]


def submit(browser, url, **fields):
    """Open a page and send its form, CSRF token included."""
    browser.get(url)
    return browser.post(url, {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, **fields})


@pytest.mark.parametrize("url", PAGES)
def test_a_page_works_without_scripts_and_is_kept_by_nobody(browser, url):
    answer = browser.get(url)

    assert answer.status_code == 200
    assert b"<script" not in answer.content
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("url", PAGES)
def test_a_form_from_elsewhere_does_nothing(browser, url):
    assert browser.post(url, {"email": "ana@example.com", "token": "x", "password": NEW}).status_code == 403


def test_a_letter_leads_to_where_its_code_confirms_the_address(api, browser, ana, letters, token_sent):
    submit(browser, "/session/resend", email=ana.email)
    token = token_sent(ana.email)

    answer = submit(browser, "/session/confirm", token=f" {token} ")

    ana.refresh_from_db()
    assert "/session/confirm" in letters(ana.email)[0].body
    assert (answer.status_code, b'role="status"' in answer.content) == (200, True)
    assert ana.email_verified


def test_who_has_forgotten_the_password_chooses_another_with_the_code(api, browser, ana, letters, token_sent):
    asked = submit(browser, "/session/forgot", email=ana.email)
    token = token_sent(ana.email)

    answer = submit(browser, "/session/password", token=token, password=NEW)

    ana.refresh_from_db()
    assert "/session/password" in letters(ana.email)[0].body
    assert (asked.status_code, answer.status_code) == (200, 200)
    assert ana.check_password(NEW)


def test_asking_looks_the_same_to_a_stranger(browser, ana):
    pages = [submit(browser, "/session/forgot", email=email) for email in (ana.email, "nobody@example.com")]

    assert pages[0].content == pages[1].content


@pytest.mark.parametrize(
    ("url", "fields", "status"),
    [
        ("/session/confirm", {"token": "made up"}, 400),
        ("/session/confirm", {}, 400),
        ("/session/forgot", {"email": "no address"}, 400),
        ("/session/password", {"token": "made up", "password": NEW}, 400),
        ("/session/password", {"token": "nul \x00", "password": NEW}, 400),
    ],
)
def test_what_is_not_good_shows_the_form_again_and_says_so(browser, url, fields, status):
    answer = submit(browser, url, **fields)

    assert (answer.status_code, b'role="alert"' in answer.content) == (status, True)
    assert b"<form" in answer.content
    assert NEW.encode() not in answer.content


def test_a_weak_password_is_named_and_the_code_stays_good(browser, ana, token_sent):
    submit(browser, "/session/forgot", email=ana.email)
    token = token_sent(ana.email)

    weak = submit(browser, "/session/password", token=token, password="kurz")

    assert (weak.status_code, b"too short" in weak.content) == (422, True)
    assert submit(browser, "/session/password", token=token, password=NEW).status_code == 200


def test_letters_are_asked_for_as_rarely_as_by_programs(browser, settings):
    settings.RATES = {**settings.RATES, "forgot": Rate(1, 60)}
    submit(browser, "/session/forgot", email="ana@example.com")

    answer = submit(browser, "/session/resend", email="ana@example.com")

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_the_sign_in_page_leads_to_another_letter_where_the_shop_insists(browser, ana, settings):
    settings.REQUIRE_VERIFIED_EMAIL = True

    answer = submit(browser, "/session", email=ana.email, password=PASSWORD)

    assert answer.status_code == 403
    assert b'href="/session/resend"' in answer.content
    assert b'href="/session/forgot"' in browser.get("/session").content
