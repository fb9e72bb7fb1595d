"""Which tokens open a service, for whom, and for how long."""

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis import tokens
from chassis.callers import Remembered
from chassis.keys import ALGORITHM, signing_key
from chassis.problems import DependencyUnavailable, InvalidToken, TokenExpired
from chassis.tokens import client_token, id_token, issuer_of, payer_token, service_token, user_token, verify
from chassis.topology import SERVICES, topology

pytestmark = pytest.mark.django_db

YEAR_2100 = 4_102_444_800


@pytest.fixture(autouse=True)
def process(mount):
    """Three services, whose keys can be asked for, and that remember no token."""
    mount()


def ana(**more):
    who = {"user_id": "usr_ana", "scope": "orders:read stock:read", "roles": ["support"], "email": "ana@example.com"}
    return user_token(**{**who, "client_id": "password", **more})


def claims_of(**changes):
    """The claims of a good token of a person, changed; a claim set to None is left out."""
    now = int(time.time())
    who = {"iss": topology().public_url, "sub": "usr_ana", "aud": list(SERVICES), "client_id": "password"}
    claims = {**who, "iat": now, "exp": now + 60, "jti": "1", "scope": "", **changes}
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims, *, by="users", key=None, **header):
    """A token with these claims, signed by a service."""
    own = signing_key(by)
    return jwt.encode(claims, key or own.private, ALGORITHM, headers={"kid": own.kid, "typ": "at+jwt", **header})


def test_a_person_is_known_by_their_token_at_every_service():
    for service in SERVICES:
        caller = verify(ana(), service=service)

        assert (caller.id, caller.kind, caller.email) == ("usr_ana", "user", "ana@example.com")
        assert (caller.scopes, caller.roles) == ({"orders:read", "stock:read"}, {"support"})
        assert caller.client_id == "password"
        assert caller.token_id


def test_the_test_can_make_a_good_token_by_hand():
    assert verify(signed(claims_of()), service="orders").id == "usr_ana"


def test_a_service_is_known_by_its_token_at_the_service_it_asks():
    caller = verify(service_token("orders", "payments", "payments:write"), service="payments")

    assert (caller.id, caller.kind, caller.service) == ("service:orders", "service", "orders")
    assert caller.may("payments:write")
    with pytest.raises(InvalidToken):
        verify(service_token("orders", "payments", "payments:write"), service="users")


def test_a_payer_is_known_at_payments_alone():
    caller = verify(payer_token("pay_1"), service="payments")

    assert (caller.id, caller.kind, caller.service) == ("payer:pay_1", "payer", "")
    for elsewhere in ("orders", "users"):
        with pytest.raises(InvalidToken):
            verify(payer_token("pay_1"), service=elsewhere)


def test_a_program_is_known_by_its_token_at_every_service():
    for service in SERVICES:
        caller = verify(client_token(client_id="cli_1", scope="orders:read"), service=service)

        assert (caller.id, caller.kind, caller.client_id) == ("cli_1", "client", "cli_1")
        assert (caller.scopes, caller.on_behalf_of, caller.is_in_person) == ({"orders:read"}, "", False)


def test_a_program_that_asks_for_somebody_says_so():
    caller = verify(ana(client_id="cli_1", authorization_id="aut_1"), service="orders")

    assert (caller.id, caller.kind, caller.client_id) == ("usr_ana", "user", "cli_1")
    assert (caller.on_behalf_of, caller.authorization_id, caller.is_in_person) == ("usr_ana", "aut_1", False)


# What opens nothing


def test_what_tells_who_somebody_is_opens_nothing():
    everything = claims_of()

    with pytest.raises(InvalidToken):
        verify(id_token(**{**everything, "aud": list(SERVICES)}), service="orders")


@pytest.mark.parametrize(
    "garbage",
    [
        "x",
        "a.b",
        "a.b.c",
        "....",
        "ü.ü.ü",
        "e30.e30.",
        "bnVsbA.bnVsbA.bnVsbA",
        "x" * 10_000,
        "e30." + base64.urlsafe_b64encode(b"[" * 30_000).decode() + ".x",
        base64.urlsafe_b64encode(b'{"a":' * 30_000).decode() + ".e30.x",
    ],
    ids=["letter", "two parts", "letters", "dots", "umlauts", "objects", "nulls", "long", "deep claims", "deep header"],
)
def test_garbage_is_no_token(garbage):
    with pytest.raises(InvalidToken):
        verify(garbage, service="orders")


def test_an_unsigned_token_is_refused():
    unsigned = jwt.encode(claims_of(), "", "none", headers={"kid": signing_key("users").kid, "typ": "at+jwt"})

    with pytest.raises(InvalidToken):
        verify(unsigned, service="orders")


@pytest.mark.parametrize("claimed", ["HS256", "RS256", "none"])
def test_the_public_key_is_no_secret_to_sign_with(claimed):
    """The classic confusion: the verifier takes the key that everybody knows for a shared secret."""
    public = signing_key("users").private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": claimed, "typ": "at+jwt", "kid": signing_key("users").kid}
    signed_part = b".".join(_part(json.dumps(part).encode()) for part in (header, claims_of()))
    mac = hmac.new(public, signed_part, hashlib.sha256).digest()

    with pytest.raises(InvalidToken):
        verify(b".".join([signed_part, _part(mac)]).decode(), service="orders")


def _part(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def test_a_token_with_another_persons_claims_under_its_signature_is_refused():
    head, _, signature = ana().split(".")
    claims = _part(json.dumps(claims_of(sub="usr_admin")).encode()).decode()

    with pytest.raises(InvalidToken):
        verify(f"{head}.{claims}.{signature}", service="orders")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": ""},
        {"iss": None},
        {"aud": "payments"},
        {"aud": None},
        {"sub": None},
        {"sub": "ana"},
        {"sub": "service:orders"},
        {"sub": "payer:pay_1"},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"iat": YEAR_2100},
        {"nbf": YEAR_2100},
        {"jti": None},
        {"client_id": None},
    ],
    ids=str,
)
def test_a_token_whose_claims_are_not_as_agreed_is_refused(changes):
    with pytest.raises(InvalidToken):
        verify(signed(claims_of(**changes)), service="orders")


@pytest.mark.parametrize(
    "header", [{"typ": "JWT"}, {"typ": None}, {"crit": ["exp"], "exp": 1}, {"kid": "unknown"}], ids=str
)
def test_a_token_whose_header_is_not_as_agreed_is_refused(header):
    with pytest.raises(InvalidToken):
        verify(signed(claims_of(), **header), service="orders")


def test_a_token_without_a_key_id_is_refused():
    token = jwt.encode(claims_of(), signing_key("users").private, ALGORITHM, headers={"typ": "at+jwt"})

    with pytest.raises(InvalidToken):
        verify(token, service="orders")


def test_a_strangers_key_under_a_known_name_is_refused():
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    with pytest.raises(InvalidToken):
        verify(signed(claims_of(), key=stranger), service="orders")


# Who may speak for whom


@pytest.mark.parametrize(
    ("by", "iss", "sub"),
    [
        ("orders", "people", "usr_ana"),
        ("orders", "users", "usr_ana"),
        ("orders", "orders", "usr_ana"),
        ("orders", "orders", "service:payments"),
        ("orders", "orders", "service:users"),
        ("orders", "payments", "service:payments"),
        ("orders", "orders", "payer:pay_1"),
        ("orders", "people", "cli_1"),
        ("orders", "orders", "cli_1"),
        ("users", "users", "cli_1"),
        ("users", "users", "usr_ana"),
        ("users", "people", "service:users"),
        ("payments", "payments", "service:orders"),
        ("payments", "people", "usr_ana"),
    ],
)
def test_no_service_speaks_for_a_person_or_for_another_service(by, iss, sub):
    issuer = topology().public_url if iss == "people" else issuer_of(iss)

    for service in SERVICES:
        with pytest.raises(InvalidToken):
            verify(signed(claims_of(iss=issuer, sub=sub), by=by), service=service)


@pytest.mark.parametrize("by", SERVICES)
def test_every_service_speaks_for_itself(by):
    token = signed(claims_of(iss=issuer_of(by), sub=f"service:{by}"), by=by)

    assert verify(token, service="orders").service == by


def test_roles_that_are_no_list_of_words_give_no_role():
    assert verify(signed(claims_of(roles="admin")), service="orders").roles == frozenset()


# Time


@pytest.mark.parametrize(
    ("token", "seconds"),
    [
        (ana, tokens.USER_SECONDS),
        (lambda: service_token("users", "orders", "x"), tokens.SERVICE_SECONDS),
    ],
    ids=["person", "service"],
)
def test_a_token_is_good_for_its_time_and_a_moment_for_clocks_that_differ(token, seconds):
    with time_machine.travel("2026-01-31 12:00:00+00:00", tick=False) as clock:
        tokens._service_tokens.clear()
        given = token()

        clock.shift(seconds + tokens.LEEWAY_SECONDS - 1)
        assert verify(given, service="orders").is_authenticated
        clock.shift(1)
        with pytest.raises(TokenExpired):
            verify(given, service="orders")


def test_a_token_that_was_remembered_expires_all_the_same():
    with time_machine.travel("2026-01-31 12:00:00+00:00", tick=False) as clock:
        given = ana()
        verify(given, service="orders")

        clock.shift(tokens.USER_SECONDS + tokens.LEEWAY_SECONDS)

        with pytest.raises(TokenExpired):
            verify(given, service="orders")


def test_a_verified_token_is_remembered_and_not_verified_again(monkeypatch):
    given = ana()
    first = verify(given, service="orders")
    monkeypatch.setattr(jwt, "decode", lambda *_, **__: pytest.fail("verified again"))

    assert verify(given, service="orders") is first


def test_what_one_service_remembers_another_verifies_for_itself():
    given = service_token("orders", "payments", "payments:write")
    verify(given, service="payments")

    with pytest.raises(InvalidToken):
        verify(given, service="users")


def test_a_refused_token_is_not_remembered():
    with pytest.raises(InvalidToken):
        verify("x", service="orders")

    assert not tokens._verified._callers


def test_only_so_many_tokens_are_remembered_and_none_is_kept_itself():
    kept = Remembered(size=2)
    for number in range(3):
        kept.put("orders", f"token-{number}", number)

    assert [kept.get("orders", f"token-{number}") for number in range(3)] == [None, 1, 2]
    assert all(isinstance(key, bytes) and len(key) == 32 for key in kept._callers)


def test_a_service_uses_its_token_again_while_it_is_fresh():
    with time_machine.travel("2026-01-31 12:00:00+00:00", tick=False) as clock:
        tokens._service_tokens.clear()
        first = service_token("orders", "payments", "payments:write")

        clock.shift(tokens.SERVICE_SECONDS / 2 - 1)
        assert service_token("orders", "payments", "payments:write") == first
        clock.shift(1)
        assert service_token("orders", "payments", "payments:write") != first
        tokens._service_tokens.clear()


def test_tokens_for_other_callees_and_scopes_are_other_tokens():
    asked = [
        ("orders", "payments", "a"),
        ("orders", "payments", "b"),
        ("orders", "users", "a"),
        ("users", "payments", "a"),
    ]

    with ThreadPoolExecutor(2) as threads:
        given = list(threads.map(lambda wanted: service_token(*wanted), asked))

    assert len(set(given)) == 4


def test_while_the_issuers_keys_were_never_seen_and_it_is_down_nobody_can_tell(stranger):
    stranger.answers += ["drop"] * 3

    with pytest.raises(DependencyUnavailable) as problem:
        verify(ana(), service="orders")

    assert problem.value.headers["Retry-After"] == "2"
