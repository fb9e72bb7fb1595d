"""Neighbours of this process: one that is well, one where nobody listens, one that never answers."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache

from chassis import traffic
from chassis.observations import SeenCall, SeenRequest
from chassis.sightings import Sighting
from chassis.topology import SERVICES
from config import maps, surveys
from tests.chassis.processes import forget_topology, reachable, served


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch):
    """What an earlier test saw of the product is forgotten; what a call over HTTP costs is known without asking."""
    traffic.forget()
    cache.clear()
    monkeypatch.setattr("chassis.guards._guards", {})
    monkeypatch.setattr(maps, "remote_milliseconds", lambda: 4.0)
    for lookout in (surveys.lookout, maps.cartographer, maps.visiting_cartographer):
        monkeypatch.setattr(lookout, "_latest", None)
        monkeypatch.setattr(lookout, "_asked", {})


@pytest.fixture
def saw():
    """Lets this process have seen calls: `saw("orders", "payments", "POST /v1/payments", "timed_out", times=3)`."""

    def see(caller, neighbour, name, outcome="200", *, times=1, transport="in_process", seconds=0.002):
        method, route = name.split()
        for _ in range(times):
            traffic.call_ended(SeenCall(caller, neighbour, method, route, transport, 1, outcome, seconds))

    return see


@pytest.fixture
def answered():
    """Lets it have answered requests, and have made calls for them: `answered("orders", "POST /v2/o", payments=1)`."""

    def answer(service, name, *, seconds=0.005, **calls_to):
        method, route = name.split()
        traffic.request_ended(SeenRequest(method, service, route, 200, seconds, calls_to))

    return answer


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


class Telling(BaseHTTPRequestHandler):
    """Is ready, and tells what the test says to whoever brings a token."""

    def do_GET(self):
        kind = self.path.rpartition("/")[2]
        service = self.path.split("/")[2]
        self.send_response(200 if kind == "readyz" or self.headers.get("Authorization") else 401)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.tells.get(service, {})).encode())

    def log_message(self, *_):
        """Nothing: the tests speak for themselves."""


@pytest.fixture
def elsewhere(monkeypatch):
    """A process that is well and hosts what the test says: `elsewhere.hosts("orders")`; it saw what this one saw.

    It is waited for as long as a busy machine takes.
    """
    for lookout in (surveys.lookout, maps.cartographer):
        monkeypatch.setattr(lookout, "_patience", 10.0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Telling) as server:
        server.tells, server.url = {}, f"http://127.0.0.1:{server.server_port}"

        def hosts(*services, transport="http"):
            for service in services:
                ways = {name: "in_process" if name in services else transport for name in SERVICES}
                told = Sighting(service, "9.9", services, ways, 7, traffic.seen_by(service))
                server.tells[service] = told.as_json()

        server.hosts = hosts
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
