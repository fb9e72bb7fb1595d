"""Opening accounts, and changing what they say of people."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils import timezone

from apps.users.events import UserRegistered, UserUpdated
from apps.users.models import Purpose, Role, User, normal_email
from apps.users.problems import EmailTaken
from apps.users.services import USERS
from apps.users.services.credentials import refuse_weak
from apps.users.services.mailboxes import post_token
from chassis.audits import differences, record
from chassis.outbox import announce


def register(*, email: str, password: str, full_name: str) -> User:
    """Open a customer's account, and send its owner a token that confirms the address. Raises WeakPassword, EmailTaken.

    `POST /v1/users` → 201, 422 `weak_password`, 409 `email_taken`.
    """
    user = User(email=normal_email(email), full_name=full_name)
    refuse_weak(password, user)
    # Hashed before the transaction: it takes long on purpose, and would hold SQLite's one write lock all the while.
    user.set_password(password)
    with insert(user):
        announce(UserRegistered(user_id=user.id))
        post_token(user, Purpose.VERIFY_EMAIL)
    return user


def change_profile(*, user: User, full_name: str | None = None) -> User:
    """Change what an account says of its owner. Raises VersionMismatch if `user` is not what is stored."""
    before = {"full_name": user.full_name}
    with atomic(using=USERS):
        if full_name is not None and user.change(full_name=full_name):
            announce(UserUpdated(user_id=user.id))
            record(USERS, "user.changed", user.id, **differences(before, {"full_name": full_name}))
    return user


def ensure_account(*, email: str, password: str, role: str, full_name: str = "") -> User:
    """The account with this address, made with this role if there is none; one that is there stays as it is."""
    known: User | None = User.objects.with_email(email).first()
    if known:
        return known
    facts = {"full_name": full_name or f"Demo {Role(role).label}", "email_verified_at": timezone.now()}
    user = User(email=normal_email(email), roles=[role], **facts)
    user.set_password(password)
    with insert(user):
        announce(UserRegistered(user_id=user.id))
    return user


@contextmanager
def insert(user: User) -> Iterator[None]:
    """Write a new account, and what the block adds, in one transaction. Raises EmailTaken."""
    try:
        with atomic(using=USERS):
            user.save(force_insert=True)
            yield
    except IntegrityError as exc:
        raise EmailTaken from exc
