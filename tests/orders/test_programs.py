"""Programs of integrators at orders: for themselves, and for people who let them."""

from dataclasses import replace

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from apps.orders.models import AuditEvent
from chassis.api_keys import new_key
from chassis.callers import OWN_READ, OWN_WRITE, Caller, KnownKey
from tests.orders.conftest import basket, client_of

pytestmark = pytest.mark.django_db
YEAR_2100 = 4_102_444_800


def program(*scopes):
    return client_of(Caller(id="cli_1", kind="client", client_id="cli_1", scopes=frozenset(scopes)))


@pytest.fixture
def guest_order(guest, placed, product):
    return placed((product, 1), by=guest, email="guest@example.com")


@pytest.fixture
def key_of(monkeypatch):
    """A client with an API key of a customer with these scopes, of which users tells orders."""

    def make(customer, *scopes):
        key, _ = new_key()
        owner = customer.handler._force_user
        known = KnownKey("key_1", owner.id, owner.email, frozenset(scopes), YEAR_2100)
        monkeypatch.setattr(apps.get_app_config("orders"), "known_key", lambda _: known)
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
        return client

    return make


def test_a_program_sees_orders_by_its_scope_and_nothing_as_its_own(order, guest_order):
    reader = program("orders:read")

    assert {one["id"] for one in reader.get("/v1/orders").json()["data"]} == {order["id"], guest_order["id"]}
    assert reader.get(f"/v1/orders/{order['id']}").status_code == 200
    assert program("stock:read").get("/v1/orders").status_code == 403
    assert program("stock:read").get(f"/v1/orders/{order['id']}").status_code == 403


def test_a_program_buys_nothing(product):
    body = basket((product, 1), email="guest@example.com")

    assert program("orders:read").command("/v1/orders", body).status_code == 403


@pytest.mark.parametrize("whose", ["order", "guest_order"])
def test_a_program_acts_on_orders_by_a_scope_that_says_so(whose, request):
    path = f"/v1/orders/{request.getfixturevalue(whose)['id']}"

    assert program("orders:read").post(f"{path}/cancel", {}).status_code == 403
    assert program("orders:read").command(f"{path}/pay").status_code == 403
    assert program("orders:read", "orders:cancel").post(f"{path}/cancel", {}).status_code == 200


def test_a_guests_token_in_a_programs_hands_opens_nothing(guest, placed, product):
    made = placed((product, 1), by=guest, email="guest@example.com")

    answer = program().get(f"/v1/orders/{made['id']}", headers={"X-Order-Token": made["guest_token"]})

    assert answer.status_code == 403


def test_a_program_exports_what_it_sees_and_follows_its_own_work(order):
    reader = program("orders:read")

    begun = reader.command("/v2/orders/exports", {})
    other = replace(reader.handler._force_user, id="cli_2", client_id="cli_2")

    assert begun.status_code == 202
    assert reader.get(begun["Location"]).status_code == 200
    assert client_of(other).get(begun["Location"]).status_code == 404


# API keys


def test_a_key_that_may_read_what_is_its_owners_sees_their_orders(key_of, customer, order, guest_order):
    asked = key_of(customer, OWN_READ)

    assert [one["id"] for one in asked.get("/v1/orders").json()["data"]] == [order["id"]]
    assert asked.get(f"/v1/orders/{guest_order['id']}").status_code == 404
    assert asked.post(f"/v1/orders/{order['id']}/cancel", {}, format="json").status_code == 403


def test_a_key_that_may_act_for_its_owner_buys_and_cancels_for_them(key_of, customer, product):
    asked = key_of(customer, OWN_WRITE)

    placed = asked.post("/v1/orders", basket((product, 1)), format="json", headers={"Idempotency-Key": "k1"})
    cancelled = asked.post(f"/v1/orders/{placed.json()['id']}/cancel", {}, format="json")

    assert (placed.status_code, cancelled.status_code) == (201, 200)
    assert placed.json()["customer_id"] == customer.handler._force_user.id
    event = AuditEvent.objects.filter(action="order.cancelled").get()
    assert (event.actor, event.on_behalf_of) == ("key_1", placed.json()["customer_id"])


def test_a_key_without_a_scope_for_what_is_its_owners_reaches_nothing_of_theirs(key_of, customer, order, product):
    asked = key_of(customer, "stock:read")

    answers = [
        asked.get("/v1/orders"),
        asked.get(f"/v1/orders/{order['id']}"),
        asked.post("/v1/orders", basket((product, 1)), format="json", headers={"Idempotency-Key": "k1"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert asked.get(f"/v1/products/{product.id}/stock-movements").status_code == 200


def test_while_users_does_not_answer_a_key_that_was_never_seen_waits(product):
    key, _ = new_key()
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")

    answer = client.get("/v1/orders")

    if apps.is_installed("apps.users"):
        assert answer.status_code == 401
    else:
        assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
        assert answer["Retry-After"] == "2"
