"""Access tokens: signed JWTs (RFC 9068) that every service verifies by itself, without asking anyone.

A person's token, and that of an integrator's program, is issued by users, `iss` is the public address. A service signs
its own, `iss` is its page under that address. Which issuer may speak for whom is fixed here, so that no service can
pass for another, or for a person.
"""

import time
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import jwt

from chassis.callers import Caller, Kind, Remembered
from chassis.keys import ALGORITHM, key_ring, signing_key
from chassis.problems import DependencyUnavailable, InvalidToken, TokenExpired
from chassis.revocations import refuse_revoked
from chassis.topology import SERVICES, topology

TYPE = "at+jwt"
ID_TYPE = "JWT"
USER_SECONDS = 300
SERVICE_SECONDS = 60
PAYER_SECONDS = 3600
LEEWAY_SECONDS = 5
_REQUIRED = ("iss", "sub", "aud", "exp", "iat", "jti", "client_id")


def user_token(
    *,
    user_id: str,
    scope: str,
    roles: list[str],
    email: str,
    client_id: str,
    authorization_id: str = "",
    not_before: int = 0,
) -> str:
    """A person's access token, good for five minutes at all services. Only users can make one: it takes users' key.

    `authorization_id` is what they allowed the program `client_id`, where they do not ask themselves. `not_before` is
    from when on tokens of theirs are believed, which may be within the second that comes next.
    """
    claims = {"scope": scope, "roles": roles, "email": email, **({"sid": authorization_id} if authorization_id else {})}
    return _sign("users", {**_issued_to(user_id, client_id), **claims}, USER_SECONDS, not_before)


def client_token(*, client_id: str, scope: str, not_before: int = 0) -> str:
    """The access token of an integrator's program that asks for itself, good as long and at as many services."""
    return _sign("users", {**_issued_to(client_id, client_id), "scope": scope}, USER_SECONDS, not_before)


def id_token(**claims: Any) -> str:
    """What tells a program who somebody is (OpenID Connect Core, section 2); it opens nothing here."""
    return _sign("users", {"iss": topology().public_url, **claims}, USER_SECONDS, typ=ID_TYPE)


def payer_token(payment_id: str) -> str:
    """A token that opens one payment to whoever pays it, for an hour, at payments alone."""
    who = {"iss": issuer_of("payments"), "sub": f"payer:{payment_id}", "aud": ["payments"], "client_id": "payer"}
    return _sign("payments", {**who, "scope": "payment:pay"}, PAYER_SECONDS)


def service_token(caller: str, callee: str, scope: str) -> str:
    """The token with which `caller` asks `callee`, good for a minute and used again while it is fresh."""
    wanted = (caller, callee, scope)
    token, fresh_until = _service_tokens.get(wanted, ("", 0.0))
    if time.time() >= fresh_until:
        subject = f"service:{caller}"
        who = {"iss": issuer_of(caller), "sub": subject, "aud": [callee], "client_id": subject}
        token = _sign(caller, {**who, "scope": scope}, SERVICE_SECONDS)
        _service_tokens[wanted] = (token, time.time() + SERVICE_SECONDS / 2)
    return token


_service_tokens: dict[tuple[str, str, str], tuple[str, float]] = {}


def issuer_of(service: str) -> str:
    """Who signs the tokens that this service makes for itself."""
    return f"{topology().public_url}/services/{service}"


def verify(token: str, *, service: str) -> Caller:
    """The caller that `token` speaks for, as `service` sees it.

    Raises TokenExpired or InvalidToken (401, also where it was revoked), or DependencyUnavailable (503) when the
    issuer's keys were never seen and the issuer does not answer. A token once verified is remembered until it expires,
    or any key is found to be published no longer.
    """
    age = f"{service}:{key_ring(service).keep_up()}"
    seen = _verified.get(age, token)
    if seen is None:
        seen = _verify_afresh(token, service)
        _verified.put(age, token, seen)
    if seen.expires_at + LEEWAY_SECONDS <= time.time():
        raise TokenExpired
    if seen.kind in {"user", "client"}:
        refuse_revoked(service, seen)
    return seen


_verified = Remembered(size=10_000)


def _issued_to(subject: str, client_id: str) -> dict[str, Any]:
    return {"iss": topology().public_url, "sub": subject, "aud": list(SERVICES), "client_id": client_id}


def _sign(service: str, claims: dict[str, Any], seconds: int, not_before: int = 0, typ: str = TYPE) -> str:
    now, key = max(int(time.time()), not_before), signing_key(service)
    times = {"iat": now, "exp": now + seconds, "jti": uuid4().hex}
    return jwt.encode({**claims, **times}, key.private, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": typ})


def _verify_afresh(token: str, service: str) -> Caller:
    try:
        unverified = jwt.decode_complete(token, options={"verify_signature": False})
        issuer = _issuing_service(str(unverified["payload"].get("iss")))
        claims = _decode(token, unverified["header"], issuer, service)
    except jwt.ExpiredSignatureError as exc:
        raise TokenExpired from exc
    except (jwt.PyJWTError, RecursionError) as exc:  # a forged one may be JSON of any depth
        raise InvalidToken from exc
    return _caller(claims, issuer)


def _decode(token: str, header: dict[str, Any], issuer: str, service: str) -> dict[str, Any]:
    if header.get("typ") != TYPE or header.get("alg") != ALGORITHM or "crit" in header:
        raise InvalidToken("It is not an access token of ours")
    key = _key(issuer, str(header.get("kid")), service)
    expected = topology().public_url if issuer == "users:people" else issuer_of(issuer)
    claims: dict[str, Any] = jwt.decode(
        token,
        key.key,
        [ALGORITHM],
        audience=service,
        issuer=expected,
        leeway=LEEWAY_SECONDS,
        options={"require": [*_REQUIRED]},
    )
    return claims


def _key(issuer: str, kid: str, service: str) -> jwt.PyJWK:
    from chassis.calls import CallFailed

    try:
        key = key_ring(service).find(issuer.removesuffix(":people"), kid)
    except CallFailed as exc:
        raise DependencyUnavailable("The keys of the issuer cannot be read now", headers={"Retry-After": "2"}) from exc
    if key is None:
        raise InvalidToken("It is signed with a key that its issuer does not publish")
    return key


def _issuing_service(iss: str) -> str:
    if iss == topology().public_url:
        return "users:people"
    for service in SERVICES:
        if iss == issuer_of(service):
            return service
    raise InvalidToken("Its issuer is not known here")


def _caller(claims: dict[str, Any], issuer: str) -> Caller:
    return Caller(
        id=claims["sub"],
        kind=_kind(claims["sub"], issuer),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        roles=frozenset(_words(claims.get("roles", []))),
        email=str(claims.get("email", "")),
        client_id=str(claims["client_id"]),
        on_behalf_of=_person_behind(claims),
        authorization_id=str(claims.get("sid", "")),
        token_id=str(claims["jti"]),
        issued_at=int(claims["iat"]),
        expires_at=int(claims["exp"]),
    )


def _kind(subject: str, issuer: str) -> Kind:
    if issuer == "users:people" and subject.startswith("usr_"):
        return "user"
    if issuer == "users:people" and subject.startswith("cli_"):
        return "client"
    if subject == f"service:{issuer}":
        return "service"
    if issuer == "payments" and subject.startswith("payer:pay_"):
        return "payer"
    raise InvalidToken("Its issuer may not speak for its subject")


def _person_behind(claims: dict[str, Any]) -> str:
    """The person for whom a program asks; empty where they ask themselves, and where it asks for itself."""
    subject, client = str(claims["sub"]), str(claims["client_id"])
    return subject if client.startswith("cli_") and subject.startswith("usr_") else ""


def _words(value: Any) -> Iterable[str]:
    return [str(word) for word in value] if isinstance(value, list) else []
