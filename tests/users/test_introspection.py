"""What a program may ask about its tokens (RFC 7662)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from chassis.tokens import service_token
from tests.users.conftest import PASSWORD
from tests.users.oauth import App, app, basic, claims, post, program, signed_in_by_page

pytestmark = pytest.mark.django_db(transaction=True)
INACTIVE = {"active": False}


@pytest.fixture
def bookkeeper():
    return program("orders:read")


@pytest.fixture
def own(api, bookkeeper):
    """A token of the program's own."""
    client, secret = bookkeeper
    asked = {"grant_type": "client_credentials"}
    return post(api, "/oauth/token", asked, **basic(client.client_id, secret)).json()["access_token"]


def ask(api, made, token, **more):
    return post(api, "/oauth/introspect", {"token": token, **more}, **basic(made[0].client_id, made[1]))


def test_a_good_token_is_described(api, bookkeeper, own):
    answer = ask(api, bookkeeper, own)

    told = claims(own)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer.json() == {
        "active": True,
        "scope": "orders:read",
        "client_id": bookkeeper[0].client_id,
        "sub": bookkeeper[0].client_id,
        "token_type": "Bearer",
        **{name: told[name] for name in ("iat", "exp", "jti")},
    }


@pytest.mark.parametrize("garbage", ["x", "x.y.z", "\x00", "ü", "x" * 5000])
def test_of_what_is_no_good_one_learns_that_alone(api, bookkeeper, garbage):
    answer = ask(api, bookkeeper, garbage)

    assert (answer.status_code, answer.json()) == (200, INACTIVE)


def test_what_has_expired_is_no_good(api, bookkeeper, own):
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert ask(api, bookkeeper, own).json() == INACTIVE


def test_what_was_taken_back_is_no_good(api, bookkeeper, own):
    post(api, "/oauth/revoke", {"token": own}, **basic(bookkeeper[0].client_id, bookkeeper[1]))

    assert ask(api, bookkeeper, own).json() == INACTIVE


def test_what_another_program_was_given_is_nobodys_business(api, own):
    assert ask(api, program("orders:read", name="Stranger"), own).json() == INACTIVE


def test_what_people_and_services_carry_is_nobodys_business(api, bookkeeper, ana, token_for):
    assert ask(api, bookkeeper, token_for(ana)).json() == INACTIVE
    assert ask(api, bookkeeper, service_token("users", "users", "users:read")).json() == INACTIVE


def test_a_program_that_keeps_a_secret_learns_of_both_its_tokens(api, browser, ana):
    made = program(
        "own:read", grant="authorization-code", redirect_uris=["https://app.example/callback"], name="Server side"
    )
    shop = App(api, made[0])
    signed_in_by_page(browser, ana.email, PASSWORD)
    tokens = shop.redeem(shop.allowed_by(browser), client_secret=made[1]).json()

    access, refresh = (ask(api, made, tokens[name]).json() for name in ("access_token", "refresh_token"))

    assert (access["active"], access["sub"], access["scope"]) == (True, ana.id, "own:read")
    assert refresh == {"active": True, "client_id": made[0].client_id, "sub": ana.id}
    shop.refresh(tokens["refresh_token"], client_secret=made[1])
    assert ask(api, made, tokens["refresh_token"]).json() == INACTIVE


def test_a_refresh_token_that_lay_idle_too_long_is_no_good(api, browser, ana):
    made = program("own:read", grant="authorization-code", redirect_uris=["https://app.example/callback"])
    shop = App(api, made[0])
    signed_in_by_page(browser, ana.email, PASSWORD)
    tokens = shop.redeem(shop.allowed_by(browser), client_secret=made[1]).json()

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert ask(api, made, tokens["refresh_token"]).json() == INACTIVE


@pytest.mark.parametrize("who", ["nobody", "a wrong secret", "an app without one"])
def test_whoever_asks_says_who_they_are(api, bookkeeper, own, who):
    public = app("own:read")
    known = {
        "nobody": ({}, {}),
        "a wrong secret": ({}, basic(bookkeeper[0].client_id, "wrong")),
        "an app without one": ({"client_id": public.client_id}, {}),
    }
    fields, headers = known[who]

    answer = post(api, "/oauth/introspect", {"token": own, **fields}, **headers)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer["WWW-Authenticate"].startswith("Basic ")


def test_one_says_about_which(api, bookkeeper):
    answer = post(api, "/oauth/introspect", {}, **basic(bookkeeper[0].client_id, bookkeeper[1]))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
