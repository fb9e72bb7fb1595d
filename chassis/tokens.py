"""Access tokens: signed JWTs (RFC 9068) that every service verifies by itself, without asking anyone.

A person's token is issued by users, `iss` is the public address. A service signs its own, `iss` is its page under
that address. Which issuer may speak for whom is fixed here, so that no service can pass for another, or for a person.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import jwt

from chassis.callers import Caller, Kind
from chassis.keys import ALGORITHM, key_ring, signing_key
from chassis.problems import DependencyUnavailable, InvalidToken, TokenExpired
from chassis.topology import SERVICES, topology

TYPE = "at+jwt"
USER_SECONDS = 300
SERVICE_SECONDS = 60
PAYER_SECONDS = 3600
LEEWAY_SECONDS = 5
_REQUIRED = ("iss", "sub", "aud", "exp", "iat", "jti", "client_id")


def user_token(*, user_id: str, scope: str, roles: list[str], email: str, client_id: str) -> str:
    """A person's access token, good for five minutes at all services. Only users can make one: it takes users' key."""
    claims = {"scope": scope, "roles": roles, "email": email}
    who = {"iss": topology().public_url, "sub": user_id, "aud": list(SERVICES), "client_id": client_id}
    return _sign("users", {**who, **claims}, USER_SECONDS)


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

    Raises TokenExpired or InvalidToken (401), or DependencyUnavailable (503) when the issuer's keys were never seen and
    the issuer does not answer. A token once verified is remembered until it expires.
    """
    seen = _verified.get(service, token)
    if seen is None:
        seen = _verify_afresh(token, service)
        _verified.put(service, token, seen)
    if seen.expires_at + LEEWAY_SECONDS <= time.time():
        raise TokenExpired
    return seen


class _Remembered:
    """The callers behind the tokens seen last, by the hash of the token. Holds no token."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._callers: OrderedDict[bytes, Caller] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, service: str, token: str) -> Caller | None:
        return self._callers.get(self._key(service, token))

    def put(self, service: str, token: str, caller: Caller) -> None:
        with self._lock:
            self._callers[self._key(service, token)] = caller
            if len(self._callers) > self._size:
                self._callers.popitem(last=False)

    def _key(self, service: str, token: str) -> bytes:
        return hashlib.sha256(f"{service}:{token}".encode()).digest()


_verified = _Remembered(size=10_000)


def _sign(service: str, claims: dict[str, Any], seconds: int) -> str:
    now, key = int(time.time()), signing_key(service)
    times = {"iat": now, "exp": now + seconds, "jti": uuid4().hex}
    return jwt.encode({**claims, **times}, key.private, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": TYPE})


def _verify_afresh(token: str, service: str) -> Caller:
    try:
        header, unverified = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
        issuer = _issuing_service(str(unverified.get("iss")))
        claims = _decode(token, header, issuer, service)
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
        token_id=str(claims["jti"]),
        expires_at=int(claims["exp"]),
    )


def _kind(subject: str, issuer: str) -> Kind:
    if issuer == "users:people" and subject.startswith("usr_"):
        return "user"
    if subject == f"service:{issuer}":
        return "service"
    if issuer == "payments" and subject.startswith("payer:pay_"):
        return "payer"
    raise InvalidToken("Its issuer may not speak for its subject")


def _words(value: Any) -> Iterable[str]:
    return [str(word) for word in value] if isinstance(value, list) else []
