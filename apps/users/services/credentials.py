"""Whether a password is somebody's, and whether it may become one."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.transaction import atomic

from apps.users.models import User, WrongPasswords
from apps.users.problems import WeakPassword
from apps.users.services import USERS
from chassis.audits import record


def believe(*, email: str, password: str) -> User | None:
    """Whom address and password belong to; None, and as slowly, for whatever is wrong with them.

    Wrong ones are counted by the account, also where there is none. Raises RateLimited while it hears nothing. That is
    decided once more after the slow hash, so that of many at once no more are heard than of as many one by one.
    """
    for known in WrongPasswords.objects.of(email):
        known.require_heard()
    user = _owner(email, password)
    with atomic(using=USERS):
        if user:
            _forget_wrong_ones(email)
        else:
            _count_wrong_one(email)
    return user


def refuse_weak(password: str, user: User) -> None:
    """Raise WeakPassword, which lists every reason."""
    try:
        validate_password(password, user)
    except ValidationError as exc:
        reasons = [
            {"pointer": "/password", "code": str(reason.code), "message": " ".join(reason.messages)}
            for reason in exc.error_list
        ]
        raise WeakPassword(" ".join(exc.messages), errors=reasons) from exc


def forget_old_failures(_worker: str) -> int:
    """Delete what was counted so long ago that it says nothing any more. No work that would be worth another round."""
    old = WrongPasswords.objects.old()
    if old.exists():
        old.delete()
    return 0


def _owner(email: str, password: str) -> User | None:
    user: User | None = User.objects.with_email(email).first()
    if user is None:
        make_password(password)
        return None
    return user if user.check_password(password) and user.is_active else None


def _forget_wrong_ones(email: str) -> None:
    for known in WrongPasswords.objects.of(email).select_for_update():
        known.require_heard()
        known.delete()


def _count_wrong_one(email: str) -> None:
    known = WrongPasswords.objects.locked(email)
    known.require_heard()
    if known.count_one():
        user = User.objects.with_email(email).first()
        subject = user.id if user else known.digest
        record(USERS, "sign_in.locked", subject, wrong_passwords=(known.count - 1, known.count))
