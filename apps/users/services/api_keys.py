"""Making API keys, renewing and revoking them, and saying what one opens."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from django.db.transaction import atomic
from django.utils import timezone

from apps.users.events import ApiKeyRevoked
from apps.users.models import ApiKey, User
from apps.users.models.api_keys import LIFE_DAYS, MOST
from apps.users.models.scopes import opened_by
from apps.users.problems import ApiKeyLimit
from apps.users.services import USERS
from chassis.audits import MASK, record
from chassis.callers import OWN_READ, OWN_WRITE, KnownKey
from chassis.outbox import announce
from chassis.problems import Forbidden, ServicePaused
from chassis.revocations import next_second, revoke


def create_api_key(
    *, user_id: str, name: str, scopes: Sequence[str], expires_in_days: int = LIFE_DAYS
) -> tuple[ApiKey, str]:
    """A key for somebody, and its secret, which nobody can read again.

    `POST /v1/users/me/api-keys` → 201, 403 for a scope that one does not have, 422 `api_key_limit`.
    """
    with atomic(using=USERS):
        owner = User.objects.select_for_update().get(pk=user_id)
        if not opened_by(owner).issuperset(scopes):
            raise Forbidden("A key opens no more than what you may do yourself")
        if owner.api_keys.live().count() >= MOST:
            raise ApiKeyLimit(f"Revoke one: there are at most {MOST}")
        expires_at = timezone.now() + timedelta(days=expires_in_days)
        made = ApiKey(user=owner, name=name, scopes=sorted(set(scopes)), expires_at=expires_at)
        secret = made.renew_secret()
        made.save(force_insert=True)
        record(USERS, "api_key.created", made.id, name=(None, MASK), scopes=(None, made.scopes))
    return made, secret


def rotate_api_key(*, api_key: ApiKey, overlap_seconds: int) -> tuple[ApiKey, str]:
    """The key with a new secret, and that; the present secret stays good as long as is said, and the one before ends.

    `POST /v1/users/me/api-keys/{id}/rotate` → 200, 409 `invalid_state`.
    """
    with atomic(using=USERS):
        locked = ApiKey.objects.select_for_update().get(pk=api_key.pk)
        before, secret = locked.prefix, locked.rotate(overlap_seconds=overlap_seconds)
        record(USERS, "api_key.rotated", locked.id, prefix=(before, locked.prefix))
    return locked, secret


def revoke_api_key(*, api_key: ApiKey) -> None:
    """End a key; every service refuses it within seconds. One that has ended stays so.

    `DELETE /v1/users/me/api-keys/{id}` → 204.
    """
    with atomic(using=USERS):
        locked = ApiKey.objects.select_for_update().get(pk=api_key.pk)
        if locked.revoked_at:
            return
        locked.revoked_at = timezone.now()
        locked.save_change()
        not_before = next_second()
        revoke(USERS, locked.id, not_before)
        announce(ApiKeyRevoked(api_key_id=locked.id, not_before=not_before))
        record(USERS, "api_key.revoked", locked.id)


def known_key(key_digest: str) -> KnownKey | None:
    """What a key opens now; None if it is good for nothing, or its owner's account is closed."""
    found = ApiKey.objects.live().opened_with(key_digest).select_related("user").first()
    if found is None or not found.user.is_active:
        return None
    _note_use(found)
    # Whoever may not act for the owner need not know how to write to them.
    email = found.user.email if found.opens & {OWN_READ, OWN_WRITE} else ""
    return KnownKey(found.id, found.user_id, email, found.opens, _ends_at(found, key_digest))


def _ends_at(found: ApiKey, key_digest: str) -> int:
    ends = [found.expires_at]
    if found.former_until and found.digest != key_digest:
        ends.append(found.former_until)
    return int(min(ends).timestamp())


def _note_use(found: ApiKey) -> None:
    """Once a minute at most; not at all while accounts take no changes."""
    with suppress(ServicePaused), atomic(using=USERS):
        ApiKey.objects.long_unused().filter(pk=found.pk).update(last_used_at=timezone.now())
