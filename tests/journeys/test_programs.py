"""Integrators' programs at three services in three processes, of which the one that knows them is gone for a while."""

import time

import pytest

from tests.journeys.visitors import admin, ask
from tests.topologies.running import running
from tests.topologies.shapes import THREE_PROCESSES

pytestmark = pytest.mark.timeout(120)
EVERYWHERE = ("/v1/users", "/v1/orders", "/v1/payments")
READS = ["users:read", "orders:read", "payments:read"]


@pytest.fixture(scope="module")
def shop():
    with running(THREE_PROCESSES) as shop:
        yield shop


def made_key(shop, name):
    body = {"name": name, "scopes": READS}
    return ask(shop, "POST", "/v1/users/me/api-keys", json=body, headers=admin(shop)).json()


def asked_with(shop, credentials, paths=EVERYWHERE):
    return [ask(shop, "GET", path, headers={"Authorization": credentials}).status_code for path in paths]


def test_a_program_asks_every_service_with_one_token(shop):
    wanted = {"name": "Bookkeeper", "grant": "client_credentials", "scopes": READS}
    client = ask(shop, "POST", "/v1/clients", json=wanted, headers=admin(shop)).json()

    form = {"grant_type": "client_credentials"}
    token = ask(shop, "POST", "/oauth/token", data=form, auth=(client["id"], client["client_secret"])).json()

    assert asked_with(shop, f"Bearer {token['access_token']}") == [200, 200, 200]


def test_a_key_that_was_seen_goes_on_working_while_users_is_down_and_others_wait(shop):
    seen, unseen = made_key(shop, "Seen"), made_key(shop, "Unseen")
    before = asked_with(shop, f"Api-Key {seen['key']}")
    shop.stop("users")

    known = asked_with(shop, f"Api-Key {seen['key']}", EVERYWHERE[1:])
    unknown = ask(shop, "GET", "/v1/orders", headers={"Authorization": f"Api-Key {unseen['key']}"})

    shop.start("users")
    assert (before, known) == ([200, 200, 200], [200, 200])
    assert (unknown.status_code, unknown.json()["code"]) == (503, "dependency_unavailable")
    assert unknown.headers["Retry-After"] == "2"
    assert asked_with(shop, f"Api-Key {unseen['key']}") == [200, 200, 200]


def test_a_revoked_key_is_refused_everywhere_within_seconds(shop):
    key = made_key(shop, "Lost")
    asked_with(shop, f"Api-Key {key['key']}")

    ask(shop, "DELETE", f"/v1/users/me/api-keys/{key['id']}", headers=admin(shop)).raise_for_status()

    until = time.monotonic() + 10
    while (answers := asked_with(shop, f"Api-Key {key['key']}")) != [401, 401, 401] and time.monotonic() < until:
        time.sleep(0.2)
    assert answers == [401, 401, 401]
