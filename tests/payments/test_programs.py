"""Programs of integrators at payments: for themselves, and for people who let them."""

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from chassis.api_keys import new_key
from chassis.callers import OWN_READ, Caller, KnownKey
from tests.payments.conftest import CUSTOMER_ID, client_of

pytestmark = pytest.mark.django_db
YEAR_2100 = 4_102_444_800


def program(*scopes):
    return client_of(Caller(id="cli_1", kind="client", client_id="cli_1", scopes=frozenset(scopes)))


def with_key(monkeypatch, *scopes):
    """A client with an API key of the customer, of which users tells payments."""
    known = KnownKey("key_1", CUSTOMER_ID, "", frozenset(scopes), YEAR_2100)
    monkeypatch.setattr(apps.get_app_config("payments"), "known_key", lambda _: known)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {new_key()[0]}")
    return client


@pytest.fixture
def payment_id(open_payment):
    return open_payment()


def test_a_program_sees_payments_by_its_scope(payment_id):
    answer = program("payments:read").get(f"/v1/payments/{payment_id}")

    assert (answer.status_code, "provider_reference" in answer.json()) == (200, True)
    assert len(program("payments:read").get("/v1/payments").json()["data"]) == 1
    assert program("orders:read").get("/v1/payments").status_code == 403
    assert program("orders:read").get(f"/v1/payments/{payment_id}").status_code == 403


def test_a_program_commands_payments_by_a_scope_that_says_so(payment_id):
    assert program("payments:read").post(f"/v1/payments/{payment_id}/cancel", {}).status_code == 403
    assert program("payments:read", "payments:write").post(f"/v1/payments/{payment_id}/cancel", {}).status_code == 200


def test_a_program_pays_for_nobody(payment_id):
    path = f"/v1/sandbox/payments/{payment_id}/confirm"

    assert program("payments:read", "payments:write").post(path, {"payment_method": "sbx_ok"}).status_code == 403


def test_a_key_sees_its_owners_payments_where_it_may(monkeypatch, payment_id):
    owner = with_key(monkeypatch, OWN_READ).get(f"/v1/payments/{payment_id}")

    assert (owner.status_code, "provider_reference" in owner.json()) == (200, False)


def test_a_key_without_a_scope_for_that_sees_none(monkeypatch, payment_id):
    assert with_key(monkeypatch, "stock:read").get("/v1/payments").status_code == 403


def test_while_users_does_not_answer_a_key_that_was_never_seen_waits(db):
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {new_key()[0]}")

    answer = client.get("/v1/payments")

    if apps.is_installed("apps.users"):
        assert answer.status_code == 401
    else:
        assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
        assert answer["Retry-After"] == "2"
