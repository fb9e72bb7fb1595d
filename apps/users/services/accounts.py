"""Opening accounts, and changing what people say of themselves."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.transaction import atomic

from apps.users.events import UserRegistered, UserUpdated
from apps.users.models import Role, User, normal_email
from apps.users.problems import EmailTaken, WeakPassword
from apps.users.services import USERS
from chassis.outbox import announce


def register(*, email: str, password: str, full_name: str) -> User:
    """Open a customer's account. Raises WeakPassword, EmailTaken.

    `POST /v1/users` → 201, 422 `weak_password`, 409 `email_taken`.
    """
    user = User(email=normal_email(email), full_name=full_name)
    _refuse_weak_password(password, user)
    return _open_account(user, password)


def change_profile(*, user: User, full_name: str | None = None) -> User:
    """Change what people may change of themselves. Raises VersionMismatch if `user` is not what is stored."""
    with atomic(using=USERS):
        if full_name is not None and user.change(full_name=full_name):
            announce(UserUpdated(user_id=user.id))
    return user


def ensure_account(*, email: str, password: str, role: str, full_name: str = "") -> User:
    """The account with this address, made with this role if there is none; one that is there stays as it is."""
    known: User | None = User.objects.with_email(email).first()
    if known:
        return known
    user = User(email=normal_email(email), full_name=full_name or f"Demo {Role(role).label}", roles=[role])
    return _open_account(user, password)


def _open_account(user: User, password: str) -> User:
    # Hashed before the transaction: it takes long on purpose, and would hold SQLite's one write lock all the while.
    user.set_password(password)
    try:
        with atomic(using=USERS):
            user.save(force_insert=True)
            announce(UserRegistered(user_id=user.id))
    except IntegrityError as exc:
        raise EmailTaken from exc
    return user


def _refuse_weak_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as exc:
        reasons = [
            {"pointer": "/password", "code": str(reason.code), "message": " ".join(reason.messages)}
            for reason in exc.error_list
        ]
        raise WeakPassword(" ".join(exc.messages), errors=reasons) from exc
