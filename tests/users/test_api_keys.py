"""API keys of people: made, shown once, narrowed, rotated, revoked."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from apps.users.models import ApiKey, AuditEvent, OutboxEvent, User
from apps.users.models.api_keys import MOST
from apps.users.services import api_keys, sign_ins
from chassis.problems import ServicePaused
from chassis.signing import digest
from chassis.tokens import service_token
from clients.users import Users
from tests.users.oauth import bearing

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = "/v1/users/me/api-keys"
BOTH = ["own:read", "own:write"]


@pytest.fixture
def sam(person):
    return person("sam@example.com", roles=["support"])


@pytest.fixture
def make(signed_in):
    """Makes a key: what the request answered."""

    def make(user, *scopes, **more):
        body = {"name": "Warehouse", "scopes": list(scopes), **more}
        return signed_in(user).post(KEYS, body, format="json").json()

    return make


def using(key):
    return bearing(key, "Api-Key")


def test_a_key_is_shown_once(signed_in, ana):
    answer = signed_in(ana).post(KEYS, {"name": "Till", "scopes": ["own:read"]}, format="json")

    made = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"{KEYS}/{made['id']}")
    assert made["id"].startswith("key_")
    assert made["key"].startswith(f"{made['prefix']}_")
    assert signed_in(ana).get(f"{KEYS}/{made['id']}").json() == {n: v for n, v in made.items() if n != "key"}
    assert [shown["id"] for shown in signed_in(ana).get(KEYS).json()["data"]] == [made["id"]]


def test_no_key_can_be_read_in_the_tables(make, ana):
    made = make(ana, "own:read")

    kept = str(ApiKey.objects.values().get())
    assert made["key"] not in kept
    assert made["key"].removeprefix(f"{made['prefix']}_") not in kept
    assert digest(made["key"]) in kept


def test_a_program_with_a_key_asks_for_its_owner(make, ana):
    me = using(make(ana, *BOTH)["key"]).get("/v1/users/me")

    assert (me.status_code, me.json()["id"]) == (200, ana.id)


def test_what_it_does_is_on_record_with_the_key_and_its_owner(make, ana, sam, person):
    admin = person("admin@example.com", roles=["admin"])
    made = make(admin, "users:write")

    using(made["key"]).post(f"/v1/users/{ana.id}/deactivate", {}, format="json")

    event = AuditEvent.objects.get(action="user.deactivated")
    assert (event.actor, event.on_behalf_of, event.subject) == (made["id"], admin.id, ana.id)


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"), [(["own:read"], 200, 403), (["own:write"], 200, 200), (["orders:read"], 403, 403)]
)
def test_what_is_the_owners_own_needs_a_scope_that_says_so(make, sam, scopes, reads, writes):
    asked = using(make(sam, *scopes)["key"])

    read = asked.get("/v1/users/me")
    written = asked.patch("/v1/users/me", {"full_name": "Sam"}, format="json", HTTP_IF_MATCH="*")

    assert (read.status_code, written.status_code) == (reads, writes)


def test_a_key_opens_what_it_was_made_for_and_no_more(make, sam, ana):
    asked = using(make(sam, "users:read")["key"])

    assert asked.get("/v1/users").status_code == 200
    assert asked.get(f"/v1/users/{ana.id}").status_code == 200
    assert asked.get("/v1/services/users/audit-events").status_code == 403


def test_a_key_opens_no_more_than_its_owner_may(signed_in, ana):
    answer = signed_in(ana).post(KEYS, {"name": "x", "scopes": ["users:read"]}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_key_opens_no_more_than_its_owner_may_now(make, sam):
    asked = using(make(sam, "users:read", "own:read")["key"])
    User.objects.filter(pk=sam.pk).update(roles=["customer"])

    assert asked.get("/v1/users").status_code == 403
    assert asked.get("/v1/users/me").status_code == 200


def test_a_key_makes_no_keys_and_changes_no_password(make, ana):
    asked = using(make(ana, *BOTH)["key"])

    answers = [
        asked.get(KEYS),
        asked.post(KEYS, {"name": "x", "scopes": ["own:read"]}, format="json"),
        asked.post("/v1/users/me/password", {"current_password": "x", "password": "y"}, format="json"),
        asked.post("/v1/tokens/revoke", {"all": True}, format="json"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4


def test_keys_of_others_are_not_there(make, signed_in, ana, sam):
    path = f"{KEYS}/{make(ana, 'own:read')['id']}"

    answers = [signed_in(sam).get(path), signed_in(sam).delete(path), signed_in(sam).post(f"{path}/rotate")]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert signed_in(sam).get(KEYS).json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["openid"]},
        {"name": "x", "scopes": ["everything"]},
        {"name": "", "scopes": ["own:read"]},
        {"name": "two\nlines", "scopes": ["own:read"]},
        {"name": "x", "scopes": ["own:read"], "expires_in_days": 0},
        {"name": "x", "scopes": ["own:read"], "expires_in_days": 367},
        {"name": "x", "scopes": ["own:read"], "user_id": "usr_1"},
    ],
    ids=str,
)
def test_what_makes_no_key_is_refused(signed_in, ana, body):
    answer = signed_in(ana).post(KEYS, body, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_one_account_has_so_many_good_keys_and_no_more(make, signed_in, ana):
    for number in range(MOST):
        last = make(ana, "own:read", name=f"Key {number}")

    full = signed_in(ana).post(KEYS, {"name": "x", "scopes": ["own:read"]}, format="json")
    signed_in(ana).delete(f"{KEYS}/{last['id']}")
    again = signed_in(ana).post(KEYS, {"name": "x", "scopes": ["own:read"]}, format="json")

    assert (full.status_code, full.json()["code"]) == (422, "api_key_limit")
    assert again.status_code == 201


# How it ends


def test_a_revoked_key_is_good_for_nothing_and_revoking_it_again_changes_nothing(make, signed_in, ana):
    made = make(ana, *BOTH)
    asked = using(made["key"])
    assert asked.get("/v1/users/me").status_code == 200

    first, second = (signed_in(ana).delete(f"{KEYS}/{made['id']}") for _ in range(2))

    assert (first.status_code, second.status_code) == (204, 204)
    assert (asked.get("/v1/users/me").status_code, asked.get("/v1/users/me").json()["code"]) == (401, "invalid_token")
    event = OutboxEvent.objects.get(type="api_key.revoked")
    assert event.stream == made["id"]
    assert {delivery.subscriber for delivery in event.delivery_set.all()} == {"orders", "payments"}


def test_a_key_ends_when_it_was_said_that_it_would(make, ana):
    asked = using(make(ana, *BOTH, expires_in_days=1)["key"])
    assert asked.get("/v1/users/me").status_code == 200

    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert asked.get("/v1/users/me").status_code == 401


def test_without_a_word_a_key_is_good_for_ninety_days(make, ana):
    made = ApiKey.objects.get(pk=make(ana, "own:read")["id"])

    assert made.expires_at - made.created_at == pytest.approx(timedelta(days=90), abs=timedelta(seconds=5))


def test_closing_the_account_ends_its_keys(make, ana):
    asked = using(make(ana, *BOTH)["key"])
    asked.get("/v1/users/me")

    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False):
        User.objects.filter(pk=ana.pk).update(is_active=False)
        sign_ins.revoke_all(user_id=ana.id)

    assert asked.get("/v1/users/me").status_code == 401


def test_signing_out_everywhere_leaves_keys_as_they_are(make, ana):
    """A key is no sign-in: what runs at night would stop because somebody lost a telephone."""
    asked = using(make(ana, *BOTH)["key"])
    asked.get("/v1/users/me")

    sign_ins.revoke_all(user_id=ana.id)

    assert asked.get("/v1/users/me").status_code == 200


# Rotation


def rotate(client, made, **body):
    return client.post(f"{KEYS}/{made['id']}/rotate", body, format="json")


def test_the_old_secret_works_beside_the_new_one_for_a_day(make, signed_in, ana):
    old = make(ana, *BOTH)

    answer = rotate(signed_in(ana), old)

    new = answer.json()
    assert (answer.status_code, new["id"], new["version"]) == (200, old["id"], 2)
    assert new["prefix"] != old["prefix"]
    assert [using(made["key"]).get("/v1/users/me").status_code for made in (old, new)] == [200, 200]
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        assert [using(made["key"]).get("/v1/users/me").status_code for made in (old, new)] == [401, 200]


def test_the_overlap_may_be_none(make, signed_in, ana):
    old = make(ana, *BOTH)

    new = rotate(signed_in(ana), old, overlap_seconds=0).json()

    assert [using(made["key"]).get("/v1/users/me").status_code for made in (old, new)] == [401, 200]


def test_of_three_secrets_the_last_two_are_good(make, signed_in, ana):
    first = make(ana, *BOTH)
    second = rotate(signed_in(ana), first).json()
    third = rotate(signed_in(ana), first).json()

    statuses = [using(made["key"]).get("/v1/users/me").status_code for made in (first, second, third)]

    assert statuses == [401, 200, 200]


def test_revoking_ends_both_secrets(make, signed_in, ana):
    old = make(ana, *BOTH)
    new = rotate(signed_in(ana), old).json()
    signed_in(ana).delete(f"{KEYS}/{old['id']}")

    assert [using(made["key"]).get("/v1/users/me").status_code for made in (old, new)] == [401, 401]


def test_what_has_ended_is_not_rotated(make, signed_in, ana):
    made = make(ana, "own:read")
    signed_in(ana).delete(f"{KEYS}/{made['id']}")

    answer = rotate(signed_in(ana), made)

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")


@pytest.mark.parametrize("seconds", [-1, 604_801, "86400", 1.5])
def test_an_overlap_is_at_most_a_week(make, signed_in, ana, seconds):
    assert rotate(signed_in(ana), make(ana, "own:read"), overlap_seconds=seconds).status_code == 400


# When it was used


def test_its_use_is_noted_once_a_minute(make, ana):
    key, row = make(ana, *BOTH)["key"], ApiKey.objects.get()
    api_keys.known_key(digest(key))
    first = ApiKey.objects.get().last_used_at

    with time_machine.travel(timezone.now() + timedelta(seconds=50)):
        api_keys.known_key(digest(key))
        assert ApiKey.objects.get().last_used_at == first
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        api_keys.known_key(digest(key))
        assert ApiKey.objects.get().last_used_at > first
    assert ApiKey.objects.get().version == row.version


def test_while_accounts_take_no_changes_keys_go_on_working(make, ana, monkeypatch):
    key = make(ana, *BOTH)["key"]

    def paused(_):
        raise ServicePaused

    monkeypatch.setattr("apps.users.models.api_keys.ApiKeyQuerySet.long_unused", paused)

    assert api_keys.known_key(digest(key)).owner_id == ana.id


# What other services learn


def test_orders_learns_what_a_key_opens(orders, make, ana):
    made = make(ana, *BOTH)

    known = Users(orders).known_key(digest(made["key"]))

    assert (known.id, known.owner_id, known.email) == (made["id"], ana.id, ana.email)
    assert known.scopes == {*BOTH}
    assert known.expires_at == int(ApiKey.objects.get().expires_at.timestamp())


def test_whoever_may_not_act_for_the_owner_learns_no_address(orders, make, sam):
    assert Users(orders).known_key(digest(make(sam, "orders:read")["key"])).email == ""


def test_orders_learns_of_a_former_secret_how_long_it_is_good(orders, make, signed_in, ana):
    old = make(ana, *BOTH)
    rotate(signed_in(ana), old, overlap_seconds=60)

    assert Users(orders).known_key(digest(old["key"])).expires_at <= timezone.now().timestamp() + 60


@pytest.mark.parametrize("text", ["", "tl_00000000_x", "x" * 64])
def test_of_what_is_no_key_orders_learns_that_alone(orders, ana, text):
    assert Users(orders).known_key(digest(text)) is None


def test_only_services_with_the_scope_are_told(orders, signed_in, ana):
    path, body = "/internal/users/v1/api-keys/introspections", {"digest": "0" * 64}
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {service_token(orders, 'users', 'users:read')}")

    assert client.post(path, body, format="json").status_code == 403
    assert signed_in(ana).post(path, body, format="json").status_code == 403
