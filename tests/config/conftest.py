"""Neighbours of this process: one that is well, one where nobody listens, one that never answers."""

import socket

import pytest

from chassis.topology import SERVICES
from config import surveys
from tests.chassis.processes import forget_topology, reachable, served


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch):
    """What an earlier test saw of the product is forgotten."""
    monkeypatch.setattr(surveys.lookout, "_latest", None)
    monkeypatch.setattr(surveys.lookout, "_asked", {})


@pytest.fixture
def hosting(settings):
    """Makes this a process of only some services: `hosting("users", orders=url, payments=url)`."""
    yield lambda *hosted, **urls: reachable(settings, hosted=hosted, urls={**dict.fromkeys(SERVICES, ""), **urls})
    forget_topology()


@pytest.fixture
def well():
    """The address of a process that hosts all services."""
    with served() as url:
        yield url


@pytest.fixture
def dead():
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def silent():
    """An address that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
