"""API keys at a service that does not know them itself: it asks, remembers for a minute, and forgets what it hears."""

import time

import pytest
import time_machine
from django.apps import apps
from django.db.transaction import atomic
from django.urls import path
from rest_framework.response import Response

from chassis import api_keys
from chassis.api_keys import FORM, REMEMBERED_SECONDS, new_key
from chassis.callers import OWN_READ, OWN_WRITE, KnownKey
from chassis.calls import Unavailable
from chassis.permissions import Anyone
from chassis.rates import Rate
from chassis.revocations import revoke
from chassis.signing import digest
from chassis.transactions import refuse_open_transaction
from chassis.views import View

pytestmark = pytest.mark.django_db
NOW = "2026-01-31 12:00:00+00:00"
YEAR_2100 = 4_102_444_800


class WhoAmI(View):
    permission_classes = [Anyone]

    def get(self, request):
        caller = request.user
        about = {"id": caller.id, "kind": caller.kind, "by": caller.client_id, "for": caller.on_behalf_of}
        return Response({**about, "email": caller.email})

    def post(self, request):
        return self.get(request)


class Users:
    """What users says of keys, and how often it was asked."""

    def __init__(self):
        self.known, self.asked, self.is_down = {}, [], False

    def makes(self, number, *scopes, expires_at=YEAR_2100):
        key, _ = new_key()
        owner = f"usr_{number}"
        self.known[digest(key)] = KnownKey(
            f"key_{number}", owner, f"{owner}@example.com", frozenset(scopes), expires_at
        )
        return key

    def known_key(self, key_digest):
        refuse_open_transaction("orders → users")
        self.asked.append(key_digest)
        if self.is_down:
            raise Unavailable("users", "down")
        return self.known.get(key_digest)


@pytest.fixture
def users(mount, monkeypatch):
    """Orders, which asks the users of this test."""
    mount(orders=[path("me", WhoAmI.as_view())], payments=[path("me", WhoAmI.as_view())])
    stand_in = Users()
    for service in ("orders", "payments"):
        monkeypatch.setattr(apps.get_app_config(service), "known_key", stand_in.known_key)
    return stand_in


@pytest.fixture
def me(api):
    return lambda key, **more: api.get("/v1/me", HTTP_AUTHORIZATION=f"Api-Key {key}", **more)


def test_a_key_asks_for_its_owner(users, me):
    answer = me(users.makes(1, OWN_READ))

    assert answer.json() == {
        "id": "usr_1",
        "kind": "user",
        "by": "key_1",
        "for": "usr_1",
        "email": "usr_1@example.com",
    }


def test_without_a_scope_for_what_is_the_owners_it_is_a_program_and_nothing_is_its_own(users, api, me):
    key = users.makes(1, OWN_READ, "orders:read")

    posted = api.post("/v1/me", {}, format="json", HTTP_AUTHORIZATION=f"API-KEY  {key}")

    assert me(key).json()["kind"] == "user"
    assert posted.json() == {"id": "key_1", "kind": "client", "by": "key_1", "for": "usr_1", "email": ""}


def test_what_users_says_is_remembered_for_a_minute_and_no_longer(users, me):
    with time_machine.travel(NOW, tick=False) as clock:
        key = users.makes(1, OWN_READ)
        me(key)

        clock.shift(REMEMBERED_SECONDS - 1)
        assert (me(key).status_code, len(users.asked)) == (200, 1)
        clock.shift(1)
        assert (me(key).status_code, len(users.asked)) == (200, 2)


def test_a_key_that_has_ended_meanwhile_is_asked_about_again(users, me):
    with time_machine.travel(NOW, tick=False) as clock:
        key = users.makes(1, OWN_READ, expires_at=int(time.time()) + 30)
        me(key)
        clock.shift(30)
        users.known.clear()

        assert me(key).status_code == 401


def test_nobody_gets_what_was_answered_about_another_key(users, me):
    first, second = users.makes(1, OWN_READ), users.makes(2, OWN_READ)
    me(first)

    assert me(second).json()["id"] == "usr_2"
    assert me(first).json()["id"] == "usr_1"
    assert me(second[:-1] + ("A" if second[-1] != "A" else "B")).status_code == 401
    assert len(users.asked) == 3


def test_each_service_asks_for_itself(users, me, api):
    key = users.makes(1, OWN_READ)

    me(key)
    api_keys.caller_with(key, service="payments", address="127.0.0.1")

    assert len(users.asked) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("subject", ["key_1", "usr_1"])
def test_what_is_told_of_a_key_or_of_its_owner_makes_the_service_ask_again(users, me, subject):
    key = users.makes(1, OWN_READ)
    me(key)
    users.known.clear()

    with atomic(using="orders"):
        revoke("orders", subject, int(time.time()) + 1)

    assert me(key).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_what_is_told_of_others_makes_nobody_ask(users, me):
    key = users.makes(1, OWN_READ)
    me(key)

    with atomic(using="orders"):
        revoke("orders", "key_2", int(time.time()) + 1)

    assert (me(key).status_code, len(users.asked)) == (200, 1)


def test_while_users_is_down_a_key_that_was_seen_goes_on_working_and_others_wait(users, me):
    seen, unseen = users.makes(1, OWN_READ), users.makes(2, OWN_READ)
    me(seen)
    users.is_down = True

    waiting = me(unseen)

    assert me(seen).status_code == 200
    assert (waiting.status_code, waiting.json()["code"]) == (503, "dependency_unavailable")
    assert waiting["Retry-After"] == "2"


def test_a_key_that_users_does_not_know_is_refused_and_not_remembered(users, me):
    key, _ = new_key()

    answers = [me(key), me(key)]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "invalid_token")}
    assert answers[0]["WWW-Authenticate"] == 'Bearer realm="tearline", error="invalid_token"'
    assert len(users.asked) == 2


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "tl_", "tl_k7p2m9qx_short"),
        *("TL_k7p2m9qx_" + "a" * 43, "tl_k7p2m9qx_" + "ü" * 43, "tl_k7p2m9qx_" + "a" * 44),
    ],
)
def test_nobody_is_asked_about_what_was_never_a_key(users, me, text):
    assert me(text).status_code == 401
    assert users.asked == []


def test_whoever_guesses_is_stopped_before_users_is_asked(users, me, settings):
    settings.RATES = {**settings.RATES, "address": Rate(4, 60)}

    statuses = [me(new_key()[0]).status_code for _ in range(6)]

    assert statuses[-1] == 429
    assert len(users.asked) <= 4


def test_a_command_under_a_key_of_its_own_has_no_transaction_open_when_users_is_asked(users, api):
    key = users.makes(1, OWN_WRITE)
    headers = {"HTTP_AUTHORIZATION": f"Api-Key {key}", "HTTP_IDEMPOTENCY_KEY": "k1"}

    assert api.post("/v1/me", {}, format="json", **headers).json()["id"] == "usr_1"


def test_no_key_is_kept(users, me):
    key = users.makes(1, OWN_READ)
    me(key)

    assert {type(name) for name in api_keys._remembered._callers} == {bytes}
    assert key not in str(api_keys._remembered._callers)


def test_a_key_that_is_made_has_256_random_bits_and_a_part_to_know_it_by():
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert {bool(FORM.fullmatch(key)) and key.startswith(f"{prefix}_") for key, prefix in keys} == {True}


def test_a_service_that_asks_nobody_knows_no_key():
    config = apps.get_app_config("orders")

    assert super(type(config), config).known_key("0" * 64) is None
