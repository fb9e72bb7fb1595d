"""People allow programs to ask for them, and know what they allow (RFC 6749, section 4.1)."""

import re
import time
from dataclasses import replace

import pytest
from django.test import Client

from apps.users.models import AuditEvent, User
from chassis.rates import Rate
from chassis.topology import Tls
from tests.users.conftest import PASSWORD
from tests.users.oauth import CALLBACK, App, answer_of, app, claims, signed_in_by_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(browser, ana):
    """Ana's browser, signed in."""
    return signed_in_by_page(browser, ana.email, PASSWORD)


@pytest.fixture
def shop(api):
    return App(api, app("openid", "email", "profile", "own:read", "own:write", "orders:read"))


def test_the_page_says_who_asks_whom_for_what_and_works_without_scripts(visit, shop, ana):
    answer = visit.get(shop.address(scope="openid own:read"))

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Pocket shop" in text
    assert ana.email in text
    assert "app.example" in text
    assert "Read what is yours" in text
    assert "order, pay" not in text
    assert "<script" not in text
    assert "no-store" in answer["Cache-Control"]


def test_the_page_can_be_framed_by_nobody_and_leads_nowhere_but_to_the_program(visit, shop):
    policy = visit.get(shop.address())["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://app.example;" in policy


def test_allowing_it_brings_the_program_a_code_its_state_and_whose_answer_it_is(visit, shop, settings):
    answer = answer_of(shop.decided_by(visit, "allow", scope="own:read"))

    assert set(answer) == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("xyz", settings.TOPOLOGY.public_url)


def test_over_tls_the_cookie_counts_at_the_gateways_connection_alone(visit, shop, settings):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, tls=Tls("own.pem", "own.key", "ca.pem"))

    answer = visit.get(shop.address())

    assert answer.status_code == 303
    assert answer["Location"].startswith("/session?")


def test_whoever_asks_too_often_is_told_to_wait(visit, shop, settings):
    settings.RATES = {**settings.RATES, "caller": Rate(2, 60)}

    answers = [visit.get(shop.address()).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_not_allowing_it_brings_an_error_and_nothing_else(visit, shop, settings):
    answer = answer_of(shop.decided_by(visit, "deny", scope="own:read"))

    assert answer == {"error": "access_denied", "state": "xyz", "iss": settings.TOPOLOGY.public_url}


def test_what_was_allowed_is_on_record(visit, shop, ana):
    shop.allowed_by(visit, scope="own:read")

    event = AuditEvent.objects.get(action="authorization.granted")
    assert (event.actor, event.subject[:4]) == (ana.id, "aut_")
    assert event.changes == {"client_id": [None, shop.client.client_id], "scope": [None, "own:read"]}


# Who decides


def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(browser, shop, ana):
    first = browser.get(shop.address(scope="own:read"))
    assert (first.status_code, first["Location"].partition("?")[0]) == (303, "/session")

    page = browser.get(first["Location"]).content.decode()
    target = re.search(r'name="next" value="([^"]*)"', page)[1].replace("&amp;", "&")
    csrf = browser.cookies["csrftoken"].value
    form = {"csrfmiddlewaretoken": csrf, "email": ana.email, "password": PASSWORD, "next": target}
    back = browser.post("/session", form)

    assert browser.get(back["Location"]).status_code == 200
    assert "state=xyz" in back["Location"]


def test_the_form_must_be_ours(visit, shop):
    assert visit.post(shop.address(scope="own:read"), {"decision": "allow"}).status_code == 403


def test_nobody_allows_anything_for_somebody_else(browser, shop):
    browser.get("/session")
    form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, "decision": "allow"}

    answer = browser.post(shop.address(scope="own:read"), form)

    assert answer["Location"].startswith("/session?")


def test_a_program_allows_no_other_program_anything(visit, shop):
    """What it was given is no sign-in, wherever it puts it."""
    token = shop.redeem(shop.allowed_by(visit, scope="own:read own:write")).json()["access_token"]
    thief = Client(enforce_csrf_checks=True)
    thief.cookies["access_token"] = token

    assert thief.get(shop.address(scope="orders:read"))["Location"].startswith("/session?")


@pytest.mark.parametrize(("prompt", "error"), [("none", "consent_required"), ("none login", "invalid_request")])
def test_silently_nothing_is_allowed(visit, shop, prompt, error):
    assert answer_of(visit.get(shop.address(scope="openid", prompt=prompt)))["error"] == error


def test_silently_nobody_is_signed_in(browser, shop):
    assert answer_of(browser.get(shop.address(scope="openid", prompt="none")))["error"] == "login_required"


def test_a_program_may_ask_that_one_signs_in_again(visit, shop):
    answer = visit.get(shop.address(scope="openid", prompt="login consent"))

    assert answer["Location"].startswith("/session?")
    assert "login" not in answer["Location"]
    assert answer.cookies["access_token"]["max-age"] == 0


def test_whoever_is_signed_out_everywhere_at_the_same_moment_allows_nothing(visit, shop, ana, monkeypatch):
    address = shop.address(scope="own:read")
    visit.get(address)
    monkeypatch.setattr("apps.users.services.oauth.consents.believed_from", lambda *_: int(time.time()) + 1)
    form = {"csrfmiddlewaretoken": visit.cookies["csrftoken"].value, "decision": "allow"}

    assert answer_of(visit.post(address, form))["error"] == "login_required"


# What is allowed


def test_what_is_allowed_is_what_was_asked_for(visit, shop):
    tokens = shop.redeem(shop.allowed_by(visit, scope="own:read openid")).json()

    assert set(tokens["scope"].split()) == {"own:read", "openid"}
    assert set(claims(tokens["access_token"])["scope"].split()) == {"own:read", "openid"}


def test_of_what_was_asked_for_only_what_the_person_may_is_allowed(visit, shop):
    """Ana is a customer: she does not read all orders."""
    tokens = shop.redeem(shop.allowed_by(visit, scope="own:read orders:read")).json()

    assert tokens["scope"] == "own:read"


def test_staff_can_let_a_program_do_what_they_do(browser, shop, person):
    sam = person("sam@example.com", roles=["support"])
    signed_in_by_page(browser, sam.email, PASSWORD)

    tokens = shop.redeem(shop.allowed_by(browser, scope="own:read orders:read")).json()

    assert set(tokens["scope"].split()) == {"own:read", "orders:read"}


def test_what_the_person_may_no_longer_is_not_in_the_token(browser, shop, person):
    sam = person("sam@example.com", roles=["support"])
    code = shop.allowed_by(signed_in_by_page(browser, sam.email, PASSWORD), scope="own:read orders:read")
    User.objects.filter(pk=sam.pk).update(roles=["customer"])

    assert shop.redeem(code).json()["scope"] == "own:read"


def test_a_program_gets_nothing_that_it_is_not_registered_for(visit, shop):
    assert answer_of(visit.get(shop.address(scope="own:read users:admin")))["error"] == "invalid_scope"


def test_where_nothing_is_left_nothing_is_allowed(visit, shop):
    assert answer_of(visit.get(shop.address(scope="orders:read")))["error"] == "invalid_scope"
    assert answer_of(shop.decided_by_post(visit, scope="orders:read"))["error"] == "invalid_scope"


def test_where_nothing_is_said_everything_is_asked_for(visit, shop):
    tokens = shop.redeem(shop.allowed_by(visit)).json()

    assert set(tokens["scope"].split()) == {"openid", "email", "profile", "own:read", "own:write"}


# Where the answer goes


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://app.example/callback/more",
        "https://app.example/Callback",
        "https://app.example/callback?x=1",
        "https://app.example/callback#x",
        "https://APP.example/callback",
        "https://app.example:443/callback",
        "https://app.example.evil.example/callback",
        "https://app.example@evil.example/callback",
        "http://app.example/callback",
        "https://evil.example/callback",
        "javascript:alert(1)",
        "//app.example/callback",
        "https://app.example/callback\x00",
    ],
)
def test_the_browser_is_led_to_no_other_address_than_the_registered_one(visit, shop, elsewhere):
    answer = visit.get(shop.address(redirect_uri=elsewhere))

    assert answer.status_code == 400
    assert "Location" not in answer
    assert b"cannot be followed" in answer.content


@pytest.mark.parametrize("changes", [{"client_id": "cli_none"}, {"client_id": "\x00"}, {"client_id": None}])
def test_nobody_is_led_to_a_program_that_is_not_known(visit, shop, changes):
    assert visit.get(shop.address(**changes)).status_code == 400


def test_a_program_on_ones_own_machine_takes_the_port_that_is_free(visit, api):
    native = App(api, app("own:read", redirect_uris=["http://127.0.0.1/callback"]))

    answer = visit.get(native.address(redirect_uri="http://127.0.0.1:51004/callback"))

    assert answer.status_code == 200
    assert "form-action 'self' http://127.0.0.1:51004;" in answer["Content-Security-Policy"]
    assert visit.get(native.address(redirect_uri="http://127.0.0.1:x/callback")).status_code == 400
    assert visit.get(native.address(redirect_uri="http://127.0.0.1:51004/other")).status_code == 400


def test_an_app_hears_by_its_own_scheme(visit, api):
    native = App(api, app("own:read", redirect_uris=["com.example.app:/callback"]))

    page = visit.get(native.address(redirect_uri="com.example.app:/callback"))
    answer = native.decided_by(visit, "allow", redirect_uri="com.example.app:/callback")

    assert "form-action 'self' com.example.app:;" in page["Content-Security-Policy"]
    assert answer["Location"].startswith("com.example.app:/callback?code=")


# Proof of possession, and what is malformed


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 129}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unauthorized_client"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unauthorized_client"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "openid", "nonce": "x" * 256}, "invalid_request"),
        ({"scope": "openid", "nonce": "\x00"}, "invalid_request"),
    ],
    ids=str,
)
def test_what_is_not_in_order_is_told_to_the_program(visit, shop, changes, error):
    answer = answer_of(visit.get(shop.address(**changes)))

    assert (answer["error"], answer["state"]) == (error, "xyz")
    assert "code" not in answer


@pytest.mark.parametrize("query", ["", "?%zz", "?client_id=a&client_id=b", "?x=%00"])
def test_a_link_that_is_broken_leads_nowhere(visit, query):
    assert visit.get(f"/oauth/authorize{query}").status_code == 400


def test_what_a_program_is_called_is_shown_as_text(visit, api):
    shop = App(api, app("own:read", name="<b>Bold</b>"))

    assert b"<b>Bold" not in visit.get(shop.address()).content


def test_the_callback_of_these_tests_is_a_registered_one(shop):
    assert shop.client.redirect_uris == CALLBACK
