"""Every cell of the table, asked of running shops: the same decision in every topology."""

import re

import pytest
import requests

from chassis.topology import SERVICES
from config.permissions import NO, WHO, YES, table
from tests.permissions.principals import given, headers
from tests.topologies.running import running
from tests.topologies.shapes import NINE, QUICK

NOWHERE = "x_00000000000000000000000000"
LONG = [pytest.param(shape, marks=pytest.mark.prove) for shape in NINE if shape not in QUICK]


@pytest.fixture(scope="module")
def expected():
    """What the table says, for each service, operation and principal; a token that is no good opens nothing."""
    return {service: table(service) for service in SERVICES}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("shape", [*QUICK, *LONG], ids=lambda shape: shape.name)
def test_every_topology_decides_as_the_table_does(shape, expected):
    with running(shape) as shop:
        said = headers(shop, given(shop))
        wrong = [
            f"{operation}, asked by {name}: {decided} and not {wanted}"
            for service, operations in expected.items()
            for operation, cells in operations.items()
            for name, header in said.items()
            if (wanted := cells.get(name, WHO)) != (decided := ask(shop, service, operation, header))
        ]

    assert wrong == []


def ask(shop, service, operation, header) -> str:
    """What the shop decides, asked about what is not there with a body that means nothing."""
    method, path = operation.split()
    address = address_of(shop, service, path) + re.sub(r"\{\w+\}", NOWHERE, path)
    answer = _session(shop).request(method, address, headers={**header, "If-Match": "*"}, json={"nothing": 1})
    if answer.status_code == 403:
        return NO
    return WHO if is_asked_who(answer) else YES


def is_asked_who(answer) -> bool:
    """Wrong credentials in a body that was read are not meant."""
    return answer.status_code == 401 and answer.json()["code"] != "invalid_credentials"


def address_of(shop, service, path) -> str:
    """The gateway leads nobody to what is for services, so they are asked at home."""
    return f"http://127.0.0.1:{shop.ports[shop.shape.group_of(service)]}" if path.startswith("/internal/") else shop.url


def _session(shop):
    if not hasattr(shop, "asking"):
        shop.asking = requests.Session()
        shop.asking.trust_env = False
    return shop.asking
