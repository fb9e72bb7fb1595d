"""Giving an account another password."""

from django.contrib.auth.hashers import make_password
from django.db.transaction import atomic

from apps.users.events import UserSignedOut
from apps.users.models import OneTimeToken, Purpose, User, WrongPasswords
from apps.users.problems import WrongPassword
from apps.users.services import USERS
from apps.users.services.credentials import believe, refuse_weak
from apps.users.services.mailboxes import mark_verified
from apps.users.services.sign_ins import sign_out
from chassis import context
from chassis.audits import MASK, record
from chassis.mails import post


def reset_password(*, token: str, password: str) -> User:
    """Let whoever reads the letters choose another one; every sign-in ends. Raises OneTimeTokenInvalid, WeakPassword.

    `POST /v1/users/reset-password` → 204, 400 `one_time_token_invalid`, 422 `weak_password`. Invitations are accepted
    by it as well.
    """
    found = OneTimeToken.objects.find(token, Purpose.RESET_PASSWORD, Purpose.INVITATION)
    refuse_weak(password, found.user)
    hashed = make_password(password)
    with atomic(using=USERS):
        user = found.use()
        context.identify(user.id)
        is_invited = found.purpose == Purpose.INVITATION
        record(
            USERS, "user.invitation_accepted" if is_invited else "user.password_reset", user.id, password=(MASK, MASK)
        )
        _replace(user, hashed)
        mark_verified(user)
        WrongPasswords.objects.of(user.email).delete()
        if not is_invited:
            post(USERS, "password_changed", to=user.email, full_name=user.full_name)
    return user


def change_password(*, user: User, current_password: str, password: str) -> User:
    """Replace the one that they know; every sign-in ends, also the one that asks. Raises WrongPassword, WeakPassword.

    `POST /v1/users/me/password` → 204, 403 `wrong_password`, 422 `weak_password`. A wrong one counts as at signing in,
    and raises RateLimited where there were too many.
    """
    refuse_weak(password, user)
    believed = believe(email=user.email, password=current_password)
    if believed is None:
        raise WrongPassword
    hashed = make_password(password)
    with atomic(using=USERS):
        locked: User = User.objects.select_for_update().get(pk=user.pk)
        if locked.password != believed.password:  # somebody was quicker
            raise WrongPassword
        record(USERS, "user.password_changed", user.id, password=(MASK, MASK))
        _replace(locked, hashed)
        post(USERS, "password_changed", to=user.email, full_name=user.full_name)
    return locked


def _replace(user: User, hashed: str) -> None:
    """Tokens that could set it once more are good for nothing from now on."""
    user.password = hashed
    user.save(update_fields=["password"])
    user.one_time_tokens.exclude(purpose=Purpose.VERIFY_EMAIL).void()
    sign_out(user, UserSignedOut)
