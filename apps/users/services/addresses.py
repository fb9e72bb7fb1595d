"""Keeping one's addresses."""

from typing import Any

from django.db.transaction import atomic
from django.forms.models import model_to_dict

from apps.users.models import DEFAULTS, Address, User
from apps.users.problems import AddressLimit
from apps.users.services import USERS
from chassis.audits import differences, record

MOST = 50


def add_address(*, user_id: str, **facts: Any) -> Address:
    """Keep one more. Raises AddressLimit. What is the default now, no other is."""
    with atomic(using=USERS):
        _lock(user_id)
        if Address.objects.of(user_id).count() >= MOST:
            raise AddressLimit(f"An account has at most {MOST}")
        _make_way(facts, Address.objects.of(user_id))
        address = Address.objects.create(user_id=user_id, **facts)
        record(USERS, "address.added", address.id, **differences({}, {"user_id": user_id, **facts}))
    return address


def replace_address(*, address: Address, **facts: Any) -> Address:
    """Raises VersionMismatch if somebody else was quicker. What is the default now, no other is."""
    with atomic(using=USERS):
        _lock(address.user_id)
        _make_way(facts, Address.objects.of(address.user_id).exclude(pk=address.pk))
        before = model_to_dict(address, fields=[*facts])
        address.replace(facts)
        record(USERS, "address.replaced", address.id, **differences(before, facts))
    return address


def remove_address(*, address: Address) -> None:
    with atomic(using=USERS):
        record(USERS, "address.removed", address.id, user_id=(address.user_id, None))
        address.delete()


def _lock(user_id: str) -> None:
    """One at a time, so that nobody has more than they may, and no two defaults."""
    User.objects.select_for_update().get(pk=user_id)


def _make_way(facts: dict[str, Any], others: Any) -> None:
    for name in DEFAULTS:
        if facts[name]:
            others.give_way(name)
