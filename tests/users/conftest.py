"""People, and how they ask."""

import re
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.users.models import KnownKeys, User
from apps.users.services.api_keys import create_api_key
from apps.users.services.mailboxes import answer_requests
from chassis.keys import key_ring, own_key_set
from chassis.mails import send
from chassis.tokens import user_token
from tests.users.visits import Visit

PASSWORD = "a long enough secret"


@pytest.fixture
def person():
    """Makes people: `person("ana@example.com", roles=["support"])`."""

    def make(email="ana@example.com", full_name="Ana Kovač", roles=("customer",), **more):
        user = User.objects.create_user(email, PASSWORD, full_name, roles=list(roles))
        User.objects.filter(pk=user.pk).update(**more)
        user.refresh_from_db()
        return user

    return make


@pytest.fixture
def ana(person):
    return person()


@pytest.fixture
def token_for():
    """An access token as users would issue it."""

    def make(user, **more):
        says = {"scope": user.scope, "roles": user.roles, "email": user.email, "client_id": "password"}
        return user_token(user_id=user.id, **{**says, **more})

    return make


@pytest.fixture
def signed_in(token_for):
    """A client that carries a person's token: `signed_in(ana).get("/v1/users/me")`."""

    def make(user):
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_for(user)}")
        return client

    return make


@pytest.fixture
def letters(mailoutbox):
    """What was sent to an address until now, the newest last; the workers have their turn first."""

    def to(address):
        while answer_requests("worker") + send("users", "worker"):
            pass
        return [letter for letter in mailoutbox if letter.to == [address]]

    return to


@pytest.fixture
def token_sent(letters):
    """The token in the newest letter to an address."""
    return lambda address: token_in(letters(address)[-1])


def token_in(letter):
    return re.search(r"^ {4}([\w-]{43})$", letter.body, re.MULTILINE)[1]


@pytest.fixture
def asked_of_database():
    """Within its block, notes what is asked of the database."""
    return lambda: CaptureQueriesContext(connections["users"])


def shapes(queries):
    """The statements without the values in them."""
    return [re.sub(r"'[^']*'|s\d+_x\d+", "?", query["sql"]) for query in queries]


@pytest.fixture
def browser():
    """A browser that must prove its forms are ours, as real ones must."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def hashed(monkeypatch):
    """The passwords that were hashed, in order."""
    seen, encode = [], MD5PasswordHasher.encode

    def note(hasher, password, salt):
        seen.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", note)
    return seen


@pytest.fixture(scope="session")
def key_of_orders():
    """A key pair for orders, for when it is not hosted here."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


@pytest.fixture
def orders(db, settings, key_of_orders):
    """Orders' side of a call to users: it can sign, and users has seen its key."""
    keys = {"orders": key_of_orders, **settings.TOPOLOGY.signing_keys}
    settings.TOPOLOGY = replace(settings.TOPOLOGY, signing_keys=keys)
    KnownKeys.objects.create(issuer="orders", key_set=own_key_set("orders"))
    key_ring.cache_clear()
    yield "orders"
    key_ring.cache_clear()


@pytest.fixture
def root(person):
    return person("root@example.com", "Root", roles=["admin"])


@pytest.fixture
def second(person):
    """Another admin, so that the first is not the last."""
    return person("second@example.com", "Second", roles=["admin"])


@pytest.fixture
def admin(root, token_for):
    return Visit(token_for(root))


@pytest.fixture
def key(ana):
    return create_api_key(user_id=ana.id, name="till", scopes=["own:read"])


@pytest.fixture
def register(admin):
    def make(**fields):
        known = {"name": "Stock sync", "grant": "client_credentials", "scopes": ["stock:read"]}
        return admin.post("users/registeredclient/add/", **{**known, **fields})

    return make
