"""Users, asked by its client for real."""

from dataclasses import FrozenInstanceError

import pytest

from apps.users.models import User
from apps.users.services.accounts import change_profile
from apps.users.services.api_keys import create_api_key
from chassis.calls import Refused
from chassis.known_answers import outdate
from chassis.signing import digest
from chassis.workers import Worker
from clients.users import Customer, Users

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana():
    return User.objects.create_user("ana@example.com", "a long enough secret", "Ana Kovač", roles=["customer"])


def test_a_customer_is_who_they_are(shop, ana):
    assert Users("orders").profile(ana.id) == Customer(ana.id, "ana@example.com", "Ana Kovač", is_active=True)


def test_who_was_asked_for_is_known_and_an_announcement_of_theirs_makes_orders_ask_again(shop, ana):
    known = Users("orders").profile(ana.id)
    change_profile(user=ana, full_name="Ana Ødegård")
    still_known = Users("orders").profile(ana.id)

    Worker().drain()

    assert (still_known, still_known.as_of) == (known, known.as_of)
    assert Users("orders").profile(ana.id).full_name == "Ana Ødegård"


def test_what_has_not_changed_is_confirmed_without_being_sent_again(shop, ana):
    known = Users("orders").profile(ana.id)
    outdate("orders", ana.id)

    confirmed = Users("orders").profile(ana.id)

    assert confirmed == known
    assert confirmed.as_of > known.as_of


def test_another_service_is_never_given_what_orders_knows(shop, ana):
    Users("orders").profile(ana.id)

    with pytest.raises(Refused) as refusal:
        Users("payments").profile(ana.id)

    assert refusal.value.status == 403


@pytest.mark.parametrize("user_id", ["usr_00000000000000000000000000", "a/b", "..", "ü", "%", "a?b=c#d", " "])
def test_a_customer_who_does_not_exist_is_refused_however_the_id_is_spelt(shop, user_id):
    with pytest.raises(Refused) as refusal:
        Users("orders").profile(user_id)

    assert (refusal.value.status, refusal.value.code) == (404, "not_found")


def test_what_was_answered_cannot_be_changed(shop, ana):
    with pytest.raises(FrozenInstanceError):
        Users("orders").profile(ana.id).email = "other@example.com"


@pytest.mark.parametrize("caller", ["orders", "payments"])
def test_a_key_opens_what_it_was_made_for(shop, ana, caller):
    made, secret = create_api_key(user_id=ana.id, name="Till", scopes=["own:write", "own:read"])

    known = Users(caller).known_key(digest(secret))

    assert (known.id, known.owner_id, known.email) == (made.id, ana.id, ana.email)
    assert known.scopes == {"own:read", "own:write"}
    assert known.expires_at == int(made.expires_at.timestamp())


def test_of_what_is_no_key_nothing_is_known(shop, ana):
    assert Users("orders").known_key(digest("made up")) is None
