"""Users, asked by its client for real."""

from dataclasses import FrozenInstanceError

import pytest

from apps.users.models import User
from chassis.calls import Refused
from clients.users import Customer, Users

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana():
    return User.objects.create_user("ana@example.com", "a long enough secret", "Ana Kovač", roles=["customer"])


def test_a_customer_is_who_they_are(shop, ana):
    assert Users("orders").profile(ana.id) == Customer(ana.id, "ana@example.com", "Ana Kovač", is_active=True)


@pytest.mark.parametrize("user_id", ["usr_00000000000000000000000000", "a/b", "..", "ü", "%", "a?b=c#d", " "])
def test_a_customer_who_does_not_exist_is_refused_however_the_id_is_spelt(shop, user_id):
    with pytest.raises(Refused) as refusal:
        Users("orders").profile(user_id)

    assert (refusal.value.status, refusal.value.code) == (404, "not_found")


def test_what_was_answered_cannot_be_changed(shop, ana):
    with pytest.raises(FrozenInstanceError):
        Users("orders").profile(ana.id).email = "other@example.com"
