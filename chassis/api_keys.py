"""API keys, as `Authorization: Api-Key tl_k7p2m9qx_…` brings them to every service.

Users alone knows them. A service asks what a key opens, by its digest and before any transaction is open, and remembers
the answer for a minute at most. What it hears of a key or of its owner in between makes it ask again.
"""

import re
import secrets
import time

from django.apps import apps

from chassis.callers import Caller, KnownKey, Remembered
from chassis.calls import CallFailed
from chassis.identifiers import CROCKFORD
from chassis.problems import DependencyUnavailable, InvalidToken
from chassis.revocations import is_revoked
from chassis.signing import digest, new_secret
from chassis.throttles import spend

REMEMBERED_SECONDS = 60
PREFIX = "tl"
# Nobody need ask what was never a key.
FORM = re.compile(rf"{PREFIX}_[{CROCKFORD}]{{8}}_[A-Za-z0-9_-]{{43}}")


def new_key() -> tuple[str, str]:
    """A new key, and the part of it by which people tell it from others."""
    prefix = f"{PREFIX}_{''.join(secrets.choice(CROCKFORD) for _ in range(8))}"
    return f"{prefix}_{new_secret()}", prefix


def caller_with(key: str, *, service: str, address: str) -> Caller:
    """Who holds the key: a program that asks for the key's owner.

    Raises InvalidToken; DependencyUnavailable (503) while users does not answer, unless the key was asked about within
    the last minute; and RateLimited for whoever brings too many unknown ones from one address.
    """
    if not FORM.fullmatch(key):
        raise InvalidToken("It is no API key of ours")
    known = _remembered.get(service, key)
    if known is None or not _is_fresh(service, known):
        _refuse_guessing(service, address)
        known = _ask(service, key)
        _remembered.put(service, key, known)
    return known


_remembered = Remembered(size=10_000)


def _is_fresh(service: str, known: Caller) -> bool:
    now = time.time()
    is_recent = now < min(known.issued_at + REMEMBERED_SECONDS, known.expires_at)
    return is_recent and not is_revoked(service, known)


def _refuse_guessing(service: str, address: str) -> None:
    """A key that is not remembered costs a question, which is counted before it is asked."""
    spent = spend(service, "address", address)
    if not spent.is_allowed:
        raise spent.refusal()


def _ask(service: str, key: str) -> Caller:
    """What users says now. The moment is taken before, so that whatever is told from then on is newer."""
    asked_at = int(time.time())
    try:
        known: KnownKey | None = apps.get_app_config(service).known_key(digest(key))  # type: ignore[attr-defined]  # ours
    except CallFailed as exc:
        raise DependencyUnavailable("Users does not say now what the key opens", headers={"Retry-After": "2"}) from exc
    if known is None:
        raise InvalidToken("The API key is not good any more, or never was")
    return _caller(known, asked_at)


def _caller(known: KnownKey, asked_at: int) -> Caller:
    return Caller(
        id=known.owner_id,
        kind="user",
        scopes=known.scopes,
        email=known.email,
        client_id=known.id,
        on_behalf_of=known.owner_id,
        issued_at=asked_at,
        expires_at=known.expires_at,
    )
