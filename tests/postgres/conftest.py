"""A shop on PostgreSQL, as it is deployed: gunicorn, and the worker in a process of its own."""

import pytest

from tests.postgres.askers import InThisProcess, OverTheNetwork
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS


@pytest.fixture(scope="package")
def shop():
    """The tests of this folder share it, so each begins with rows of its own."""
    with running(ONE_PROCESS, serve=production, database="postgresql") as shop:
        yield shop


@pytest.fixture
def askers(shop, client, db):
    """The same person in the shop on PostgreSQL, and in that of these tests, which runs on SQLite unless told."""
    client.raise_request_exception = False
    return OverTheNetwork(shop), InThisProcess(client)
