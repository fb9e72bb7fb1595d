"""Signing people in, keeping them signed in, signing them out."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db.transaction import atomic

from apps.users.models import Client, RefreshToken, SignIn, User
from apps.users.problems import InvalidCredentials, TokenReused
from apps.users.services import USERS
from chassis.tokens import USER_SECONDS, user_token


@dataclass(frozen=True)
class Grant:
    """What somebody who is signed in gets: an access token for five minutes, a refresh token for the next one."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105  a word of RFC 6750
    expires_in: int = USER_SECONDS


def sign_in(*, email: str, password: str, client: str = Client.PASSWORD) -> Grant:
    """Begin a sign-in. Raises InvalidCredentials, the same and as slowly whatever was wrong.

    `POST /v1/tokens` → 200, 401 `invalid_credentials`.
    """
    user = User.objects.with_email(email).first()
    if user is None:
        make_password(password)
        raise InvalidCredentials
    if not user.check_password(password) or not user.is_active:
        raise InvalidCredentials
    with atomic(using=USERS):
        return _grant(SignIn.objects.create(user=user, client=client))


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
            return _grant(token.sign_in)
        SignIn.objects.filter(pk=token.sign_in_id).end()
    # Raised when the end of the sign-in is committed; inside it would be undone.
    raise TokenReused("Whoever holds its successor is signed out as well; sign in again")


def revoke(*, refresh_token: str) -> None:
    """End the sign-in that the token belongs to. Unknown tokens are no error (RFC 7009, section 2.2)."""
    with atomic(using=USERS):
        SignIn.objects.opened_with(refresh_token).end()


def revoke_all(*, user_id: str) -> None:
    """End every sign-in of somebody, wherever it is; access tokens die with their five minutes."""
    with atomic(using=USERS):
        SignIn.objects.filter(user_id=user_id).end()


def _grant(sign_in: SignIn) -> Grant:
    user = sign_in.user
    access = user_token(user_id=user.id, scope=user.scope, roles=user.roles, email=user.email, client_id=sign_in.client)
    return Grant(access_token=access, refresh_token=sign_in.issue())
