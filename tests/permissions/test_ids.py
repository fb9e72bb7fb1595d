"""Whatever an id names, it is not there for whoever it does not belong to: asked of every route that names one."""

import re

import pytest

from chassis.topology import SERVICES
from config.permissions import YES, table
from tests.permissions.belongings import PUBLIC, Customer, belongings
from tests.topologies.running import running
from tests.topologies.shapes import ONE_PROCESS

ROUTES = [
    (operation, cells["customer"])
    for service in SERVICES
    for operation, cells in table(service).items()
    if "{" in operation and "/internal/" not in operation and not any(part in operation for part in PUBLIC)
]


@pytest.fixture(scope="module")
def shop():
    with running(ONE_PROCESS) as shop:
        yield shop


@pytest.fixture(scope="module")
def hers(shop):
    """What Anna has."""
    return belongings(shop, Customer(shop, "anna@example.com"))


@pytest.fixture(scope="module")
def boris(shop, hers):
    return Customer(shop, "boris@example.com")


@pytest.mark.parametrize(("operation", "decision"), ROUTES)
def test_what_is_anothers_is_not_there(hers, boris, operation, decision):
    method, path = operation.split()
    belonging = next((found for part, found in hers.items() if part in path), None)
    assert belonging, f"nobody has what {path} names: tell what that is in belongings.py"

    answer = boris.ask(method, re.sub(r"\{\w+\}", belonging, path))

    assert answer.status_code == (404 if decision == YES else 403)


@pytest.mark.parametrize("path", ["/v1/users", "/v1/refunds", "/v1/payments", "/v2/orders"])
def test_a_list_shows_nothing_of_anothers(hers, boris, path):
    shown = boris.ask("GET", path)

    assert shown.status_code == 403 or shown.json()["data"] == []
