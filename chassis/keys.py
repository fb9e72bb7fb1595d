"""The key pairs with which services sign tokens, and the public halves by which they know one another.

RS256 throughout (RFC 7518): the one algorithm that RFC 9068 obliges every resource server to know.
"""

import hashlib
import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.apps import apps
from django.db import models, transaction
from jwt import PyJWK
from jwt.algorithms import RSAAlgorithm

from chassis.topology import SERVICES, topology

ALGORITHM = "RS256"
REFETCH_SECONDS = 10


class KnownKeys(models.Model):
    """The last key set that this service saw of another, so that a restart while that one is down locks nobody out."""

    issuer = models.CharField(max_length=20, primary_key=True)
    key_set = models.JSONField()
    seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


@dataclass(frozen=True)
class SigningKey:
    """A private key and the name (`kid`, its RFC 7638 thumbprint) under which its public half is published."""

    kid: str
    private: rsa.RSAPrivateKey

    def public(self) -> dict[str, Any]:
        numbers: dict[str, Any] = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"kty": "RSA", "n": numbers["n"], "e": numbers["e"], "kid": self.kid, "use": "sig", "alg": ALGORITHM}


@lru_cache
def signing_key(service: str) -> SigningKey:
    """The private key of a service that this process hosts."""
    private = load_pem_private_key(topology().signing_keys[service].encode(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError(f"the signing key of {service} is not an RSA key")
    numbers = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    canonical = json.dumps({"e": numbers["e"], "kty": "RSA", "n": numbers["n"]}, separators=(",", ":"))
    return SigningKey(hashlib.sha256(canonical.encode()).hexdigest()[:32], private)


def own_key_set(service: str) -> dict[str, Any]:
    """The JWK set (RFC 7517) that a service publishes: public halves only."""
    return {"keys": [signing_key(service).public()]}


class KeyRing:
    """The public keys that one service knows of the others; it asks the issuer when it meets an unknown one."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._sets: dict[str, dict[str, PyJWK]] = {}
        self._asked_at: dict[str, float] = {}
        self._failed_at: dict[str, float] = {}
        self._locks = {issuer: threading.Lock() for issuer in SERVICES}

    def find(self, issuer: str, kid: str) -> PyJWK | None:
        """The key `kid` of `issuer`, or None; asks memory, then the database, then the issuer itself.

        Raises CallFailed when only the issuer could tell and it does not answer. An unknown `kid` makes it ask
        at most once every ten seconds, so that forged tokens cannot be turned into load on the issuer.
        """
        if kid not in self._sets.get(issuer, {}):
            self._wait_and_learn(issuer, kid)
        return self._sets.get(issuer, {}).get(kid)

    def _wait_and_learn(self, issuer: str, kid: str) -> None:
        """Whoever comes while the issuer is being asked waits for what becomes of it, be it an answer or none."""
        from chassis.calls import Unavailable

        came_at = time.monotonic()
        with self._locks[issuer]:
            if self._failed_at.get(issuer, came_at) > came_at:
                raise Unavailable(issuer, "it did not answer whoever asked first")
            self._learn(issuer, kid)

    def _learn(self, issuer: str, kid: str) -> None:
        if issuer == self.service:
            self._sets[issuer] = _parse(own_key_set(issuer))
            return
        if issuer not in self._sets:
            self._sets[issuer] = _parse(self._remembered(issuer))
        if kid not in self._sets[issuer] and self._may_ask(issuer):
            self._ask(issuer)

    def _may_ask(self, issuer: str) -> bool:
        now = time.monotonic()
        if now - self._asked_at.get(issuer, -REFETCH_SECONDS) < REFETCH_SECONDS:
            return False
        self._asked_at[issuer] = now
        return True

    def _ask(self, issuer: str) -> None:
        from chassis.calls import CallFailed, Neighbour
        from chassis.problems import ServicePaused

        try:
            key_set = Neighbour(self.service, issuer).get(f"/services/{issuer}/jwks.json", anonymous=True).json
        except CallFailed:
            self._asked_at.pop(issuer, None)
            self._failed_at[issuer] = time.monotonic()
            raise
        self._sets[issuer] = _parse(key_set)
        with suppress(ServicePaused), transaction.atomic(using=self.service):
            self._model().objects.update_or_create(issuer=issuer, defaults={"key_set": key_set})

    def _remembered(self, issuer: str) -> dict[str, Any]:
        row = self._model().objects.filter(issuer=issuer).first()
        return row.key_set if row else {"keys": []}

    def _model(self) -> Any:
        return apps.get_model(self.service, "KnownKeys")


@lru_cache
def key_ring(service: str) -> KeyRing:
    return KeyRing(service)


def _parse(key_set: dict[str, Any]) -> dict[str, PyJWK]:
    return {key["kid"]: PyJWK(key, algorithm=ALGORITHM) for key in key_set["keys"]}
