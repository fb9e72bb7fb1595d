"""Who somebody is, for programs (OpenID Connect), and how programs find their way (RFC 8414)."""

from dataclasses import replace
from urllib.parse import urlsplit

import jwt
import pytest

from apps.users.models.people import Role
from apps.users.models.scopes import STAFF
from chassis.keys import signing_key
from tests.users.conftest import PASSWORD
from tests.users.oauth import App, app, bearing, claims, signed_in_by_page

pytestmark = pytest.mark.django_db
DOCUMENTS = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]


@pytest.fixture
def shop(api):
    return App(api, app("openid", "email", "profile", "own:read"))


@pytest.fixture
def visit(browser, ana):
    return signed_in_by_page(browser, ana.email, PASSWORD)


def test_an_id_token_says_who_it_is_to_whom(shop, visit, ana, settings, api):
    tokens = shop.redeem(shop.allowed_by(visit, scope="openid email profile", nonce="n-0S6_WzA2Mj")).json()

    key = jwt.PyJWKSet.from_dict(api.get("/.well-known/jwks.json").json())[signing_key("users").kid]
    told = jwt.decode(tokens["id_token"], key.key, ["RS256"], audience=shop.client.client_id)
    header = jwt.get_unverified_header(tokens["id_token"])
    assert header == {"alg": "RS256", "typ": "JWT", "kid": signing_key("users").kid}
    assert (told["iss"], told["sub"], told["nonce"]) == (settings.TOPOLOGY.public_url, ana.id, "n-0S6_WzA2Mj")
    assert (told["name"], told["email"], told["email_verified"]) == (ana.full_name, ana.email, False)
    assert told["exp"] - told["iat"] == 300
    assert "at_hash" in told


def test_it_says_no_more_than_was_allowed(shop, visit, ana):
    tokens = shop.redeem(shop.allowed_by(visit, scope="openid")).json()

    assert not {"name", "email", "email_verified", "roles"} & claims(tokens["id_token"]).keys()


def test_without_the_scope_there_is_none(shop, visit):
    assert "id_token" not in shop.redeem(shop.allowed_by(visit, scope="own:read")).json()


def test_renewal_brings_a_new_one(shop, visit, ana):
    tokens = shop.redeem(shop.allowed_by(visit, scope="openid")).json()

    assert claims(shop.refresh(tokens["refresh_token"]).json()["id_token"])["sub"] == ana.id


def test_an_id_token_opens_nothing(shop, visit):
    tokens = shop.redeem(shop.allowed_by(visit, scope="openid own:read")).json()

    answer = bearing(tokens["id_token"]).get("/v1/users/me")

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_program_may_ask_who_it_is(shop, visit, ana, method):
    token = shop.redeem(shop.allowed_by(visit, scope="openid email")).json()["access_token"]

    answer = getattr(bearing(token), method)("/oauth/userinfo")

    assert answer.json() == {"sub": ana.id, "email": ana.email, "email_verified": False}


def test_only_a_program_that_may_know_is_told(shop, visit, ana, signed_in, api):
    token = shop.redeem(shop.allowed_by(visit, scope="own:read")).json()["access_token"]

    assert bearing(token).get("/oauth/userinfo").status_code == 403
    assert signed_in(ana).get("/oauth/userinfo").status_code == 403
    assert api.get("/oauth/userinfo").status_code == 401


# Finding one's way


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_program_finds_its_way(api, settings, document):
    answer = api.get(document)

    told, issuer = answer.json(), settings.TOPOLOGY.public_url
    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=300")
    assert told["issuer"] == issuer
    places = {name: value for name, value in told.items() if name.endswith(("_endpoint", "_uri"))}
    assert len(places) == 6
    assert {value.startswith(f"{issuer}/") for value in places.values()} == {True}
    assert {api.get(urlsplit(value).path).status_code for value in places.values()} <= {200, 400, 401, 405}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_not_offered_is_not_told_of(api, document):
    told = api.get(document).json()

    assert told["response_types_supported"] == ["code"]
    assert told["grant_types_supported"] == ["authorization_code", "client_credentials", "refresh_token"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert "registration_endpoint" not in told


def test_the_way_is_where_clients_see_us_and_not_where_we_are(api, settings):
    settings.TOPOLOGY = replace(settings.TOPOLOGY, public_url="https://shop.example")

    told = api.get(DOCUMENTS[0], HTTP_HOST="testserver").json()

    assert told["token_endpoint"] == "https://shop.example/oauth/token"


def test_people_are_told_what_every_scope_of_every_role_is():
    opened = frozenset().union(*(role.scopes for role in Role))

    assert opened == STAFF.keys()
