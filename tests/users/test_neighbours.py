"""What users tells other services, and what it publishes."""

import pytest
from rest_framework.test import APIClient

from chassis.calls import BrokenContract, Refused
from chassis.keys import signing_key
from chassis.tokens import service_token
from clients import users as clients_users
from clients.users import Customer, Users

pytestmark = pytest.mark.django_db

NOBODY = "usr_00000000000000000000000000"


@pytest.mark.parametrize("url", ["/.well-known/jwks.json", "/services/users/jwks.json"])
def test_anyone_may_read_the_public_keys(api, url):
    answer = api.get(url)

    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=10")
    assert [key["kid"] for key in answer.json()["keys"]] == [signing_key("users").kid]
    assert not {"d", "p", "q"} & set(answer.json()["keys"][0])


def test_orders_learns_who_its_customer_is(orders, person):
    ben = person("ben@example.com", "Ben Ødegård", is_active=False)

    customer = Users(orders).profile(ben.id)

    assert customer == Customer(ben.id, "ben@example.com", "Ben Ødegård", is_active=False)


def test_orders_learns_nothing_more(orders, ana):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {service_token(orders, 'users', 'users:read')}")

    answer = client.get(f"/internal/users/v1/users/{ana.id}")

    assert set(answer.json()) == {"id", "email", "full_name", "is_active"}


@pytest.mark.parametrize("user_id", [NOBODY, "ord_00000000000000000000000000", "../users", "a/b"])
def test_there_is_no_customer_with_another_id(orders, user_id):
    with pytest.raises(Refused) as refusal:
        Users(orders).profile(user_id)

    assert (refusal.value.status, refusal.value.code) == (404, "not_found")


def test_orders_asks_with_the_scope_it_needs(orders, ana):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {service_token(orders, 'users', 'payments:write')}")

    answer = client.get(f"/internal/users/v1/users/{ana.id}")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_no_person_is_answered_what_is_for_services(signed_in, person):
    admin = person(roles=["admin"])

    answer = signed_in(admin).get(f"/internal/users/v1/users/{admin.id}")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("answer", [{"id": "usr_1"}, [], None])
def test_an_answer_without_what_was_promised_is_a_broken_contract(answer):
    with pytest.raises(BrokenContract):
        clients_users._customer(answer)


@pytest.mark.parametrize("answer", [{}, [], None, {"api_key": {"id": "key_1"}}, {"api_key": 1}])
def test_an_answer_about_a_key_without_what_was_promised_is_a_broken_contract(answer):
    with pytest.raises(BrokenContract):
        clients_users._known_key(answer)
