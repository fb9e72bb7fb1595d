"""How services know one another's keys."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connections
from django.http import JsonResponse
from django.urls import path
from django.utils import timezone

from apps.orders.models import KnownKeys
from chassis import keys
from chassis.calls import CallFailed, Unavailable
from chassis.keys import KeyRing, own_key_set, signing_key
from chassis.problems import InvalidToken
from chassis.protections import Protection
from chassis.tokens import user_token, verify
from config.environment import new_private_key

in_database = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ring(mount):
    """What orders knows after a start: nothing."""
    return KeyRing("orders")


@pytest.fixture
def users(stranger, settings):
    """Users over HTTP, who answers what the test says; nobody asks a second time by themselves, or stops asking."""
    settings.CALLS = {**settings.CALLS, "users": Protection(tries=1, failures=0)}
    stranger.publishes = lambda: stranger.says(own_key_set("users"))
    return stranger


@pytest.fixture
def kid():
    return signing_key("users").kid


@pytest.fixture
def later(monkeypatch):
    """Lets time pass: `later(keys.REFETCH_SECONDS)`."""
    now = [time.monotonic()]
    monkeypatch.setattr(keys.time, "monotonic", lambda: now[0])

    def later(seconds):
        now[0] += seconds

    return later


def with_key(kid):
    """What users publishes, and one key more under this name."""
    published = own_key_set("users")["keys"]
    return {"keys": [*published, {**published[0], "kid": kid}]}


def test_a_key_set_holds_public_halves_alone():
    published = own_key_set("users")["keys"][0]

    assert set(published) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (published["kty"], published["alg"], published["use"]) == ("RSA", "RS256", "sig")


def test_each_service_has_a_key_of_its_own_under_a_name_that_follows_from_it(mount):
    kids = [own_key_set(service)["keys"][0]["kid"] for service in ("users", "orders", "payments")]
    mount()

    assert len(set(kids)) == 3
    assert kids[0] == signing_key("users").kid


def test_a_signing_key_that_is_not_rsa_is_refused(mount, settings):
    key = ec.generate_private_key(ec.SECP256R1())
    mount()
    settings.TOPOLOGY = replace(settings.TOPOLOGY, signing_keys={"users": _pem(key)})

    with pytest.raises(TypeError, match="users"):
        signing_key("users")


def _pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@in_database
def test_a_key_is_asked_for_once_and_then_known(users, kid):
    ring = KeyRing("orders")
    users.publishes()

    assert ring.find("users", kid).key_id == kid
    assert ring.find("users", kid).key_id == kid
    assert [asked[:2] for asked in users.asked] == [("GET", "/services/users/jwks.json")]


@in_database
def test_the_keys_are_asked_for_without_a_token(users, kid):
    users.publishes()

    KeyRing("orders").find("users", kid)

    assert "Authorization" not in users.asked[0][2]


def test_a_service_knows_its_own_key_without_asking_anyone(users):
    assert KeyRing("orders").find("orders", signing_key("orders").kid)
    assert users.asked == []


@in_database
def test_after_a_restart_the_last_key_set_is_still_known_while_its_issuer_is_down(users, kid):
    users.publishes()
    KeyRing("orders").find("users", kid)
    users.answers += ["drop"]

    assert KeyRing("orders").find("users", kid).key_id == kid
    assert KnownKeys.objects.get(issuer="users").key_set == own_key_set("users")
    assert len(users.asked) == 1


@in_database
def test_keys_that_were_never_seen_cannot_be_known_while_their_issuer_is_down(users, kid):
    users.answers += ["drop"]

    with pytest.raises(Unavailable):
        KeyRing("orders").find("users", kid)


@in_database
def test_an_issuer_that_was_down_is_asked_again_at_once(users, kid):
    ring = KeyRing("orders")
    users.answers += ["drop"]
    with pytest.raises(CallFailed):
        ring.find("users", kid)
    users.publishes()

    assert ring.find("users", kid)


@in_database
def test_a_new_key_of_an_issuer_is_learnt_when_it_is_met(users, kid):
    ring = KeyRing("orders")
    users.says({"keys": []})
    ring.find("users", kid)
    ring._asked_at.clear()
    users.publishes()

    assert ring.find("users", kid).key_id == kid
    assert KnownKeys.objects.get(issuer="users").key_set == own_key_set("users")


@in_database
def test_unknown_keys_make_the_issuer_answer_at_most_once_in_ten_seconds(users, later):
    ring = KeyRing("orders")
    for _ in range(2):
        users.publishes()

    for _ in range(50):
        assert ring.find("users", "forged") is None
    later(keys.REFETCH_SECONDS)
    assert ring.find("users", "forged") is None

    assert len(users.asked) == 2


@in_database
def test_no_forged_token_keeps_a_key_from_being_learnt_that_was_published_before_it_signs(users, kid, later):
    """It signs more than ten seconds after: whoever may not ask again has asked since, and heard of it."""
    ring = KeyRing("orders")
    users.publishes()
    ring.find("users", kid)
    later(keys.REFETCH_SECONDS)
    users.says(with_key("new"))
    ring.find("users", "forged")
    later(keys.REFETCH_SECONDS - 1)

    assert ring.find("users", "forged again") is None
    assert ring.find("users", "new")
    assert len(users.asked) == 2


@in_database
def test_what_a_worker_has_learnt_every_process_knows_within_ten_seconds(users, kid, later):
    serving = KeyRing("orders")
    users.publishes()
    serving.find("users", kid)
    KnownKeys.objects.filter(issuer="users").update(key_set=with_key("new"))

    serving.keep_up()
    assert "new" not in serving._sets["users"]
    later(keys.REFETCH_SECONDS)
    serving.keep_up()

    assert serving.find("users", "new")
    assert len(users.asked) == 1


@in_database
def test_a_worker_asks_again_after_a_minute_and_not_sooner(users, kid):
    working = KeyRing("orders")
    users.publishes()
    working.find("users", kid)
    working.ask_again()
    assert len(users.asked) == 1

    heard_a_minute_ago()
    users.says(with_key("new"))
    working.ask_again()

    assert len(users.asked) == 2
    assert KnownKeys.objects.get(issuer="users").key_set == with_key("new")


@in_database
def test_an_issuer_that_does_not_answer_keeps_its_keys_and_is_let_be_for_a_minute(users, kid, later):
    working = KeyRing("orders")
    users.publishes()
    working.find("users", kid)
    heard_a_minute_ago()
    users.answers += ["drop"]

    working.ask_again()
    working.ask_again()

    assert len(users.asked) == 2
    assert working.find("users", kid)
    users.publishes()
    later(keys.RELEARN_SECONDS)
    working.ask_again()
    assert len(users.asked) == 3


@in_database
def test_a_key_that_is_published_no_longer_is_forgotten(users, kid, later):
    serving = KeyRing("orders")
    users.says(with_key("stolen"))
    serving.find("users", "stolen")
    before = serving.keep_up()
    KnownKeys.objects.filter(issuer="users").update(key_set=own_key_set("users"))
    users.publishes()

    later(keys.REFETCH_SECONDS)
    after = serving.keep_up()

    assert after != before
    assert serving.find("users", "stolen") is None
    assert serving.find("users", kid)


@in_database
def test_a_token_that_was_verified_is_refused_once_its_key_is_withdrawn(mount, settings, later):
    mount()
    old, new = new_private_key(), new_private_key()
    settings.TOPOLOGY = replace(settings.TOPOLOGY, signing_keys={"users": old}, key_files={})
    keys.own_keys.cache_clear()
    token = user_token(user_id="usr_1", scope="", roles=[], email="", client_id="password")
    verify(token, service="users")

    settings.TOPOLOGY = replace(settings.TOPOLOGY, signing_keys={"users": new})
    keys.own_keys.cache_clear()
    later(keys.REFETCH_SECONDS)

    with pytest.raises(InvalidToken):
        verify(token, service="users")


@in_database
def test_what_was_heard_and_could_not_be_kept_is_not_forgotten(users, kid, later):
    ring = KeyRing("orders")
    users.publishes()
    ring.find("users", kid)
    KnownKeys.objects.all().delete()

    later(keys.REFETCH_SECONDS)
    ring.keep_up()

    assert ring.find("users", kid)
    assert len(users.asked) == 1


def heard_a_minute_ago():
    KnownKeys.objects.update(seen_at=timezone.now() - timedelta(seconds=keys.RELEARN_SECONDS + 1))


@in_database
def test_whoever_comes_while_the_issuer_is_being_asked_waits_for_the_answer(mount, kid, settings):
    """At a start many requests come at once; none of them may be told that a good token is bad."""

    def slow_key_set(request):
        time.sleep(0.1)
        return JsonResponse(own_key_set("users"))

    mount()
    settings.TOPOLOGY.url_spaces["users"] = [path("services/users/jwks.json", slow_key_set)]
    ring = KeyRing("orders")

    def find(_):
        try:
            return ring.find("users", kid)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(find, range(4)))

    assert all(found)


@in_database
def test_whoever_waits_for_an_issuer_that_does_not_answer_does_not_wait_for_it_again(users, kid):
    ring, all_here = KeyRing("orders"), threading.Barrier(4)
    users.answers += [0.3, "drop"]

    def find(_):
        all_here.wait(5)
        try:
            ring.find("users", kid)
        except Unavailable as failure:
            return str(failure)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        failures = list(threads.map(find, range(4)))

    assert all(failures)
    assert len(users.asked) == 1


@in_database
@pytest.mark.parametrize("nonsense", [b"<html>", b"[]", b'{"keys": [{"kid": "k", "kty": "RSA"}]}'])
def test_what_is_no_key_set_is_not_kept(users, kid, nonsense):
    users.says(nonsense)

    with pytest.raises(Exception):  # noqa: B017, PT011  which one matters less than that nothing is kept
        KeyRing("orders").find("users", kid)

    assert not KnownKeys.objects.exists()
