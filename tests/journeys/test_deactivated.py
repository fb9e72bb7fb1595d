"""Somebody whose account is closed while their token is still good, at three services in three processes."""

import time

import pytest

from tests.journeys.visitors import admin, ask
from tests.permissions.belongings import Customer
from tests.topologies.running import running
from tests.topologies.shapes import THREE_PROCESSES

pytestmark = pytest.mark.timeout(120)
WHAT_IS_ONES_OWN = ("/v1/users/me", "/v2/orders", "/v1/payments")
WITHIN_SECONDS = 5


@pytest.fixture(scope="module")
def shop():
    with running(THREE_PROCESSES) as shop:
        yield shop


def asked(customer):
    """How each service answers."""
    return [customer.ask("GET", path).status_code for path in WHAT_IS_ONES_OWN]


def test_a_closed_account_is_refused_everywhere_within_seconds_and_after_a_restart_without_users(shop):
    ana, ben = Customer(shop, "ana@example.com"), Customer(shop, "ben@example.com")
    before = asked(ana)

    ask(shop, "POST", f"/v1/users/{ana.id}/deactivate", headers=admin(shop)).raise_for_status()
    until = time.monotonic() + WITHIN_SECONDS
    while (after := asked(ana)) != [401, 401, 401] and time.monotonic() < until:
        time.sleep(0.1)
    shop.stop("users")
    shop.stop("orders")
    shop.start("orders")
    restarted, others = (customer.ask("GET", "/v2/orders") for customer in (ana, ben))

    assert (before, after) == ([200, 200, 200], [401, 401, 401])
    assert (restarted.status_code, restarted.json()["code"]) == (401, "invalid_token")
    assert others.status_code == 200
