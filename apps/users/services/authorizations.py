"""What people allow programs: families of refresh tokens in the toolkit's tables, and how they end.

An authorization is named after the code that began it, so that a code which is shown again leads to what came of it.
"""

import time
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from oauth2_provider.models import AccessToken, Grant, RefreshToken, clear_expired

from apps.users.events import AuthorizationEnded, TokenRevoked
from apps.users.models import RegisteredClient, User
from apps.users.services import USERS
from chassis.audits import record
from chassis.callers import Caller
from chassis.outbox import announce
from chassis.revocations import next_second, revoke

PREFIX = "aut_"
CLEARED_EVERY_SECONDS = 60.0
_cleared_at = -CLEARED_EVERY_SECONDS


def family_of(code_digest: str) -> UUID:
    """The family that begins with a code."""
    return UUID(hex=code_digest[:32])


def authorization_id(family: UUID) -> str:
    """What tokens call it (`sid`), and announcements."""
    return f"{PREFIX}{family.hex}"


def end_authorization(family: UUID) -> None:
    """Within the open transaction: none of its tokens is good any more, at any service."""
    if not _end(RefreshToken.objects.filter(token_family=family)):
        return
    not_before, subject = next_second(), authorization_id(family)
    revoke(USERS, subject, not_before)
    announce(AuthorizationEnded(authorization_id=subject, not_before=not_before))
    record(USERS, "authorization.ended", subject)


def end_token(caller: Caller) -> None:
    """Within the open transaction: end what a program was given; a token of its own ends alone."""
    if caller.authorization_id:
        end_authorization(UUID(hex=caller.authorization_id.removeprefix(PREFIX)))
        return
    not_before = next_second()
    revoke(USERS, caller.token_id, not_before)
    announce(TokenRevoked(token_id=caller.token_id, not_before=not_before))


def end_all_of(user: User) -> None:
    """Within the transaction that revokes all tokens of a person: nothing continues what they allowed."""
    Grant.objects.filter(user=user).delete()
    _end(RefreshToken.objects.filter(user=user))


def end_all_through(client: RegisteredClient) -> None:
    """Within the transaction that revokes all tokens of a program: nothing continues what it was allowed."""
    Grant.objects.filter(application=client).delete()
    _end(RefreshToken.objects.filter(application=client))


def forget_expired() -> int:
    """Delete what has run out, once a minute; a used token is kept as long as its successors may live."""
    global _cleared_at  # noqa: PLW0603  when this process has last done so
    if time.monotonic() - _cleared_at >= CLEARED_EVERY_SECONDS:
        _cleared_at = time.monotonic()
        clear_expired()
    return 0


def _end(tokens: QuerySet[RefreshToken]) -> int:
    """Kept as used ones are, so that whoever shows one of them again is recognised. Returns how many were good."""
    now = timezone.now()
    ended = tokens.filter(revoked=None).update(revoked=now, updated=now)
    AccessToken.objects.filter(refresh_token__in=tokens).delete()
    return ended
