"""What opens nothing, at any of the three services, whatever it looks like (RFC 8725, RFC 9068, section 4)."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from rest_framework.test import APIClient

from apps.users.models import User
from chassis.keys import ALGORITHM, signing_key
from chassis.tokens import id_token, issuer_of
from chassis.topology import SERVICES, topology
from chassis.workers import Worker
from tests.users.oauth import App, app, bearing, signed_in_by_page

pytestmark = pytest.mark.django_db
WHAT_IS_ONES_OWN = {"users": "/v1/users/me", "orders": "/v2/orders", "payments": "/v1/payments"}
YEAR_2100 = 4_102_444_800
PASSWORD = "a long enough secret"


@pytest.fixture
def ana(transactional_db):
    return User.objects.create_user("ana@example.com", PASSWORD, "Ana Kovač")


def good(**changes):
    """The claims of a good token of Ana's, changed; what is None is left out."""
    now, user = int(time.time()), User.objects.get()
    who = {"iss": topology().public_url, "sub": user.id, "aud": list(SERVICES), "client_id": "password"}
    claims = {**who, "iat": now, "exp": now + 60, "jti": "1", "scope": "", **changes}
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims, *, key=None, **header):
    own = signing_key("users")
    return jwt.encode(claims, key or own.private, ALGORITHM, headers={"kid": own.kid, "typ": "at+jwt", **header})


def unsigned():
    return jwt.encode(good(), "", "none", headers={"kid": signing_key("users").kid, "typ": "at+jwt"})


def signed_with_what_everybody_knows():
    """HS256, with the public key in the place of a secret."""
    public = signing_key("users").private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "typ": "at+jwt", "kid": signing_key("users").kid}
    parts = b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, good()))
    mac = urlsafe_b64encode(hmac.new(public, parts, hashlib.sha256).digest()).rstrip(b"=")
    return f"{parts.decode()}.{mac.decode()}"


def identity():
    claims = good()
    return id_token(**{name: claims[name] for name in ("sub", "aud", "client_id", "scope")})


BAD = {
    "alg none": unsigned,
    "HS256 with the public key": signed_with_what_everybody_knows,
    "a strangers key": lambda: signed(good(), key=rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    "another issuer": lambda: signed(good(iss="https://elsewhere.example")),
    "a service for an issuer": lambda: signed(good(iss=issuer_of("orders"))),
    "another audience": lambda: signed(good(aud="elsewhere")),
    "another type": lambda: signed(good(), typ="JWT"),
    "no type": lambda: signed(good(), typ=None),
    "expired": lambda: signed(good(iat=int(time.time()) - 600, exp=int(time.time()) - 300)),
    "not yet valid": lambda: signed(good(nbf=YEAR_2100)),
    "issued in the future": lambda: signed(good(iat=YEAR_2100, exp=YEAR_2100 + 60)),
    "an unknown kid": lambda: signed(good(), kid="unknown"),
    "no kid": lambda: jwt.encode(good(), signing_key("users").private, ALGORITHM, headers={"typ": "at+jwt"}),
    "crit": lambda: signed(good(), crit=["exp"]),
    "no subject": lambda: signed(good(sub=None)),
    "a subject of another kind": lambda: signed(good(sub="service:users")),
    "an ID token": identity,
    "garbage": lambda: "x.y.z",
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", BAD)
def test_a_token_that_is_not_as_agreed_is_refused_everywhere(ana, service, kind):
    answer = bearing(BAD[kind]()).get(WHAT_IS_ONES_OWN[service])

    code = "token_expired" if kind == "expired" else "invalid_token"
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer["WWW-Authenticate"] == 'Bearer realm="tearline", error="invalid_token"'
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("service", SERVICES)
def test_the_one_that_they_are_made_of_is_good(ana, service):
    assert bearing(signed(good())).get(WHAT_IS_ONES_OWN[service]).status_code == 200


# What was good once


@pytest.fixture
def shop(ana):
    return App(APIClient(), app("own:read", "openid"))


@pytest.fixture
def visit(ana):
    return signed_in_by_page(Client(enforce_csrf_checks=True), ana.email, PASSWORD)


def statuses(access_token):
    """At each service, once all have heard what there is to hear."""
    Worker().drain()
    return {service: bearing(access_token).get(path).status_code for service, path in WHAT_IS_ONES_OWN.items()}


@pytest.mark.django_db(transaction=True)
def test_a_code_that_is_shown_again_ends_what_came_of_it_everywhere(shop, visit):
    code = shop.allowed_by(visit)
    tokens = shop.redeem(code).json()
    assert {*statuses(tokens["access_token"]).values()} == {200}

    again = shop.redeem(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert {*statuses(tokens["access_token"]).values()} == {401}
    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.django_db(transaction=True)
def test_a_refresh_token_that_is_shown_again_ends_its_family_everywhere(shop, visit):
    first = shop.redeem(shop.allowed_by(visit)).json()
    second = shop.refresh(first["refresh_token"]).json()
    assert {*statuses(second["access_token"]).values()} == {200}

    again = shop.refresh(first["refresh_token"])

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert {*statuses(first["access_token"]).values(), *statuses(second["access_token"]).values()} == {401}
    assert shop.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.django_db(transaction=True)
def test_the_person_is_not_signed_out_by_that(shop, visit):
    code = shop.allowed_by(visit)
    shop.redeem(code)
    shop.redeem(code)

    assert {*statuses(visit.cookies["access_token"].value).values()} == {200}
