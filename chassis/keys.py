"""The key pairs with which services sign tokens, and the public halves by which they know one another.

RS256 throughout (RFC 7518): the one algorithm that RFC 9068 obliges every resource server to know.

A key can be replaced while everything runs, and no request fails. The next one is published first: every process of its
service reads the file within LOOK_SECONDS, and whoever asks from then on hears of it. It signs when more than
REFETCH_SECONDS have passed since (`manage.py rotate_signing_key` waits). Whoever meets a token of it then, and does not
know it, has either not asked within REFETCH_SECONDS, and asks; or has, and heard of it. So it never matters that forged
tokens may have used up the question. A key that is published no longer is forgotten within two minutes: workers ask
again every RELEARN_SECONDS, and every process reads what they heard every REFETCH_SECONDS.
"""

import math
import threading
import time
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from jwt import PyJWK

from chassis.own_keys import RS256, SigningKey, own_keys
from chassis.topology import SERVICES

ALGORITHM = RS256
REFETCH_SECONDS = 10
RELEARN_SECONDS = 60


class KnownKeys(models.Model):
    """The last key set that this service saw of another, so that a restart while that one is down locks nobody out."""

    issuer = models.CharField(max_length=20, primary_key=True)
    key_set = models.JSONField()
    seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


def signing_key(service: str) -> SigningKey:
    """The private key with which a service that this process hosts signs."""
    return own_keys(service).current()[0]


def own_key_set(service: str) -> dict[str, Any]:
    """The JWK set (RFC 7517) that a service publishes: public halves only."""
    return {"keys": [key.public() for key in own_keys(service).current()]}


class KeyRing:
    """The public keys that one service knows of the others; it asks the issuer when it meets an unknown one."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._sets: dict[str, dict[str, PyJWK]] = {}
        self._withdrawals = 0
        self._read_at: dict[str, float] = {}
        self._asked_at: dict[str, float] = {}
        self._asked_again_at: dict[str, float] = {}
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

    def keep_up(self) -> int:
        """Take notice of what workers have learnt, ten seconds ago at most.

        Returns how often a key was found to be published no longer: what was verified before may be good no more.
        """
        for issuer in tuple(self._sets):
            # Nobody waits: whoever comes meanwhile goes on with what is known.
            if self._is_old(issuer) and self._locks[issuer].acquire(blocking=False):
                try:
                    self._read(issuer)
                finally:
                    self._locks[issuer].release()
        return self._withdrawals

    def ask_again(self) -> None:
        """Ask every issuer whose keys were last heard a minute ago; for workers. Who does not answer is let be."""
        heard_long_ago = timezone.now() - timedelta(seconds=RELEARN_SECONDS)
        for row in self._model().objects.filter(seen_at__lt=heard_long_ago):
            now = time.monotonic()
            if now - self._asked_again_at.get(row.issuer, -math.inf) >= RELEARN_SECONDS:
                self._asked_again_at[row.issuer] = now
                self._ask_quietly(row.issuer)

    def _wait_and_learn(self, issuer: str, kid: str) -> None:
        """Whoever comes while the issuer is being asked waits for what becomes of it, be it an answer or none."""
        from chassis.calls import Unavailable

        came_at = time.monotonic()
        with self._locks[issuer]:
            if self._failed_at.get(issuer, came_at) > came_at:
                raise Unavailable(issuer, "it did not answer whoever asked first")
            self._learn(issuer, kid)

    def _learn(self, issuer: str, kid: str) -> None:
        if issuer == self.service or self._is_old(issuer):
            self._read(issuer)
        if kid not in self._sets[issuer] and issuer != self.service and self._may_ask(issuer):
            self._ask(issuer)

    def _is_old(self, issuer: str) -> bool:
        return time.monotonic() - self._read_at.get(issuer, -math.inf) >= REFETCH_SECONDS

    def _read(self, issuer: str) -> None:
        """Without asking anybody. What was heard and could not be kept still counts."""
        known = own_key_set(issuer) if issuer == self.service else self._remembered(issuer)
        self._keep(issuer, self._sets.get(issuer, {}) if known is None else _parse(known))

    def _keep(self, issuer: str, keys: dict[str, PyJWK]) -> None:
        if self._sets.get(issuer, {}).keys() - keys.keys():
            self._withdrawals += 1
        self._sets[issuer], self._read_at[issuer] = keys, time.monotonic()

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
        self._keep(issuer, _parse(key_set))
        with suppress(ServicePaused), transaction.atomic(using=self.service):
            self._model().objects.update_or_create(issuer=issuer, defaults={"key_set": key_set})

    def _ask_quietly(self, issuer: str) -> None:
        from chassis.calls import CallFailed

        with self._locks[issuer], suppress(CallFailed):
            self._ask(issuer)

    def _remembered(self, issuer: str) -> dict[str, Any] | None:
        row = self._model().objects.filter(issuer=issuer).first()
        return row.key_set if row else None

    def _model(self) -> Any:
        return apps.get_model(self.service, "KnownKeys")


@lru_cache
def key_ring(service: str) -> KeyRing:
    return KeyRing(service)


def ask_again(service: str) -> int:
    """What a service's worker does about the keys of others. Returns 0: it is no work worth another round."""
    key_ring(service).ask_again()
    return 0


def _parse(key_set: dict[str, Any]) -> dict[str, PyJWK]:
    return {key["kid"]: PyJWK(key, algorithm=ALGORITHM) for key in key_set["keys"]}
