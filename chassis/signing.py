"""What a service signs and seals with its own secret: cursors that clients carry, answers that it stores."""

import base64
import hashlib
import json
import secrets
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet
from django.core import signing
from django.utils.crypto import salted_hmac

from chassis.topology import topology


def sign(service: str, value: Any, *, purpose: str) -> str:
    """`value` (JSON) as text that only this service can have written, for this purpose, in any topology."""
    return _signer(service, purpose).sign_object(value)


def unsign(service: str, text: str, *, purpose: str) -> Any:
    """What `sign` was given; raises `django.core.signing.BadSignature` for anything else."""
    return _signer(service, purpose).unsign_object(text)


def seal(service: str, value: Any) -> bytes:
    """`value` (JSON) encrypted and authenticated, to be kept at rest (AES-128-CBC with HMAC-SHA256, Fernet)."""
    return _box(service).encrypt(json.dumps(value).encode())


def unseal(service: str, sealed: bytes) -> Any:
    return json.loads(_box(service).decrypt(bytes(sealed)))


def new_secret() -> str:
    """256 random bits as text, to be shown once and kept only as its `digest`."""
    return secrets.token_urlsafe(32)


def new_webhook_secret() -> str:
    """256 random bits as Standard Webhooks writes them: `whsec_…`."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def digest(secret: str) -> str:
    """How a random secret is kept: one way, and fast because a secret of 256 bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def keyed_digest(service: str, text: str, *, purpose: str) -> str:
    """How a text that can be guessed is looked up: always the same, and of no use to who lacks the service's secret."""
    return salted_hmac(f"{service}:{purpose}", text, secret=topology().secrets[service], algorithm="sha256").hexdigest()


def _signer(service: str, purpose: str) -> signing.Signer:
    return signing.Signer(key=topology().secrets[service], salt=f"{service}:{purpose}", algorithm="sha256")


@lru_cache
def _box(service: str) -> Fernet:
    key = hashlib.sha256(f"{service}:seal:{topology().secrets[service]}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
