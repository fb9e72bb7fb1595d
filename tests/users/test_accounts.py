"""Accounts that are made without a request."""

import pytest

from apps.users.models import User
from apps.users.services.accounts import ensure_account

pytestmark = pytest.mark.django_db


def test_the_first_admin_is_made_on_the_command_line():
    User.objects.db_manager("users").create_superuser("Root@Example.com", "a long enough secret", full_name="Root")

    root = User.objects.get_by_natural_key("ROOT@example.com")
    assert (root.email, root.roles, root.is_staff) == ("root@example.com", ["admin"], True)
    assert root.check_password("a long enough secret")


def test_a_demo_account_is_made_once():
    made = ensure_account(email="Demo@example.com", password="a long enough secret", role="admin")

    again = ensure_account(email="demo@example.com", password="another secret", role="customer")

    assert again == made
    assert again.roles == ["admin"]
    assert again.check_password("a long enough secret")
