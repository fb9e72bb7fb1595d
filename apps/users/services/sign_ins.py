"""Signing people in, keeping them signed in, signing them out."""

from dataclasses import dataclass

from django.conf import settings
from django.db.transaction import atomic

from apps.users.events import UserSignedOut
from apps.users.models import Client, RefreshToken, SignIn, User
from apps.users.problems import EmailNotVerified, InvalidCredentials, TokenReused
from apps.users.services import USERS
from apps.users.services.authorizations import end_all_of
from apps.users.services.credentials import believe
from chassis import context
from chassis.audits import record
from chassis.outbox import announce
from chassis.revocations import believed_from, next_second
from chassis.revocations import revoke as revoke_tokens
from chassis.tokens import USER_SECONDS, user_token


@dataclass(frozen=True)
class Grant:
    """What somebody who is signed in gets: an access token for five minutes, a refresh token for the next one."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105  a word of RFC 6750
    expires_in: int = USER_SECONDS


def sign_in(*, email: str, password: str, client: str = Client.PASSWORD) -> Grant:
    """Begin a sign-in. Raises InvalidCredentials, the same and as slowly for whatever is wrong; see `believe`.

    `POST /v1/tokens` → 200, 401 `invalid_credentials`, 429 `rate_limited`, and 403 `email_not_verified` for whoever
    knows the password, where the setting REQUIRE_VERIFIED_EMAIL says so.
    """
    believed = believe(email=email, password=password)
    if believed is None:
        raise InvalidCredentials
    with atomic(using=USERS):
        user = User.objects.select_for_update().get(pk=believed.pk)
        if user.password == believed.password and user.is_active:
            _require_verified(user)
            context.identify(user.id)
            return _grant(SignIn.objects.create(user=user, client=client))
    # The account was changed while we hashed, so it is looked at once more.
    return sign_in(email=email, password=password, client=client)


def refresh(*, refresh_token: str) -> Grant:
    """Exchange a refresh token for the next. One that was used before may have been stolen: its sign-in ends.

    A browser's tabs may show the same token again within ten seconds and each get a next one; see SignIn.forgives.
    `POST /v1/tokens/refresh` → 200, 401 `invalid_token`, `token_expired`, `token_reused`.
    """
    with atomic(using=USERS):
        token = RefreshToken.objects.find(refresh_token)
        if token.use():
            token.require_fresh()
            token.sign_in.require_open()
            context.identify(token.sign_in.user_id)
            return _grant(token.sign_in)
        SignIn.objects.filter(pk=token.sign_in_id).end()
    # Raised when the end of the sign-in is committed; inside it would be undone.
    raise TokenReused("Whoever holds its successor is signed out as well; sign in again")


def revoke(*, refresh_token: str) -> None:
    """End the sign-in that the token belongs to. Unknown tokens are no error (RFC 7009, section 2.2)."""
    with atomic(using=USERS):
        SignIn.objects.opened_with(refresh_token).end()


def revoke_all(*, user_id: str) -> None:
    """End every sign-in of somebody, wherever it is; every service refuses their access tokens within seconds."""
    with atomic(using=USERS):
        user = User.objects.select_for_update().get(pk=user_id)
        sign_out(user, UserSignedOut)
        record(USERS, "user.signed_out", user.id)


def sign_out(user: User, fact: type[UserSignedOut]) -> None:
    """The part of it that others share: within their transaction, with the row of the user locked."""
    user.sign_ins.end()
    end_all_of(user)
    # Tokens that were issued since they were last signed out may be dated to that very second.
    not_before = max(next_second(), believed_from(USERS, user.id) + 1)
    revoke_tokens(USERS, user.id, not_before)
    announce(fact(user_id=user.id, not_before=not_before))


def _require_verified(user: User) -> None:
    if settings.REQUIRE_VERIFIED_EMAIL and not user.email_verified:
        raise EmailNotVerified("Open the letter that we sent, or ask for another one")


def _grant(sign_in: SignIn) -> Grant:
    user = sign_in.user
    access = user_token(
        user_id=user.id,
        scope=user.scope,
        roles=user.roles,
        email=user.email,
        client_id=sign_in.client,
        not_before=believed_from(USERS, user.id),
    )
    return Grant(access_token=access, refresh_token=sign_in.issue())
