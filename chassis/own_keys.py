"""The private keys of the services that this process hosts, from a variable, or from a file that may change."""

import hashlib
import json
import logging
import math
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from chassis import key_files
from chassis.topology import topology

RS256 = "RS256"
LOOK_SECONDS = 1
logger = logging.getLogger("tearline")


@dataclass(frozen=True)
class SigningKey:
    """A private key and the name (`kid`, its RFC 7638 thumbprint) under which its public half is published."""

    kid: str
    private: rsa.RSAPrivateKey

    def public(self) -> dict[str, Any]:
        numbers: dict[str, Any] = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"kty": "RSA", "n": numbers["n"], "e": numbers["e"], "kid": self.kid, "use": "sig", "alg": RS256}


class OwnKeys:
    """The private keys of a hosted service. A file that has changed is read again; a bad one changes nothing."""

    def __init__(self, service: str) -> None:
        self._service, self._file = service, topology().key_files.get(service)
        self._keys = private_keys(service, topology().signing_keys[service])
        self._stamp: tuple[int, ...] = ()
        self._looked_at = -math.inf

    def current(self) -> tuple[SigningKey, ...]:
        """All of them, as they were in the file a second ago; the first signs."""
        now = time.monotonic()
        if self._file and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._look(self._file)
        return self._keys

    def _look(self, file: Path) -> None:
        stamp = _stamp(file)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = private_keys(self._service, file.read_text())
        except (OSError, TypeError, ValueError):
            logger.exception("%s cannot be read: %s goes on with the keys that it has", file, self._service)


@lru_cache
def own_keys(service: str) -> OwnKeys:
    return OwnKeys(service)


def private_keys(service: str, text: str) -> tuple[SigningKey, ...]:
    """The keys in PEM. Raises TypeError or ValueError, naming the service, where one is of no use or none is there."""
    keys = tuple(_private_key(service, entry.pem) for entry in key_files.read(text))
    if not keys:
        raise ValueError(f"there is no private key for {service}")
    return keys


def _private_key(service: str, pem: str) -> SigningKey:
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError(f"the signing key of {service} is not an RSA key")
    numbers = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    canonical = json.dumps({"e": numbers["e"], "kty": "RSA", "n": numbers["n"]}, separators=(",", ":"))
    return SigningKey(hashlib.sha256(canonical.encode()).hexdigest()[:32], private)


def _stamp(file: Path) -> tuple[int, ...]:
    """What changes when the file is replaced or written; empty while it is away."""
    try:
        seen = file.stat()
    except OSError:
        return ()
    return seen.st_mtime_ns, seen.st_ino, seen.st_size
