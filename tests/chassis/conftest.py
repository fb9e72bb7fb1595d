"""Processes with services that a test makes up, and neighbours that answer what it says."""

import json
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chassis import calls, observations
from chassis.calls import Neighbour
from chassis.protections import Protection
from chassis.topology import SERVICES
from tests.chassis.answering import StandInUsers
from tests.chassis.processes import forget_topology, mounted, served, spaces


@pytest.fixture
def mount(settings):
    """Gives services routes of the test's own: `mount(payments=[path(…)])`."""
    yield lambda **routes: mounted(settings, url_spaces=spaces(**routes))
    forget_topology()


@pytest.fixture(params=["in_process", "http"])
def transport(request):
    """Whatever a test says about calls, it says of both transports."""
    return request.param


@pytest.fixture
def travel(mount, transport, settings):
    """The same, with calls that travel by the transport in question; over HTTP to a real server of this process."""
    servers = []

    def travelling(**routes):
        if transport == "http":
            servers.append(served())
            url = servers[-1].__enter__()
            mounted(settings, transport="http", urls=dict.fromkeys(SERVICES, url), url_spaces=spaces(**routes))
        else:
            mount(**routes)

    yield travelling
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def payments():
    """Payments, as orders reaches it."""
    return Neighbour("orders", "payments", "payments:write")


@pytest.fixture
def plan(settings, tmp_path):
    """Plans faults for this process: `plan(down=["payments"])`."""
    file = tmp_path / "faults.json"
    settings.FAULTS_FILE = str(file)
    return lambda **planned: file.write_text(json.dumps(planned))


class ScriptedNeighbour:
    """A server that answers what the test says next, and keeps what it was asked.

    An answer is (status, headers, bytes), "drop" to hang up without one, or a number of seconds to keep silent first.
    """

    def __init__(self):
        self.answers, self.asked, self.sockets = [], [], []

    def says(self, body, status=200, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((status, {"Content-Type": "application/json", **headers}, content))

    def answer(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        self.sockets.append(handler.connection)
        self.asked.append((handler.command, handler.path, dict(handler.headers), handler.rfile.read(length)))
        step = self.answers.pop(0)
        while isinstance(step, float):
            time.sleep(step)
            step = self.answers.pop(0)
        if step == "drop":
            handler.close_connection = True
            return
        self._write(handler, *step)

    def hang_up(self):
        """End the connections that clients keep for later."""
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _write(self, handler, status, headers, content):
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)


@pytest.fixture
def stranger(mount, settings):
    """A neighbour over HTTP that a test puts answers into: `stranger.says({…})`, then `stranger.asked`."""
    scripted = ScriptedNeighbour()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            scripted.answer(self)

        do_POST = do_GET  # noqa: N815  the standard library calls it so

        def log_message(self, *args):
            """Nothing: the tests speak for themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    scripted.url = f"http://127.0.0.1:{server.server_port}"
    mounted(settings, transport="http", urls=dict.fromkeys(SERVICES, scripted.url))
    yield scripted
    server.shutdown()
    scripted.hang_up()
    server.server_close()
    thread.join()


@pytest.fixture
def slow_stranger(stranger, monkeypatch):
    """Payments, who takes so long to answer that all others have asked by then."""
    answer = stranger._write

    def answer_slowly(*what):
        time.sleep(0.5)
        answer(*what)

    monkeypatch.setattr(stranger, "_write", answer_slowly)
    return stranger


@pytest.fixture
def asks():
    """Orders, asking a stranger who does not look at tokens."""
    return Neighbour("orders", "payments", "payments:write")


@pytest.fixture
def protected(settings):
    """Gives calls to payments other limits: `protected(timeout=0.2)`."""

    def protect(**limits):
        settings.CALLS = {**settings.CALLS, "payments": Protection(**limits)}

    return protect


@pytest.fixture
def users(monkeypatch, settings):
    """Users, replaced at the transport: it is asked once for each question, and never given up."""
    stand_in = StandInUsers()
    settings.CALLS = {**settings.CALLS, "users": Protection(tries=1, failures=0)}
    monkeypatch.setattr(calls, "transport_to", lambda _: stand_in)
    return stand_in


@pytest.fixture
def seen(monkeypatch):
    """What became of the questions of readers."""
    results = []
    monkeypatch.setattr(observations, "read_cached", lambda caller, neighbour, result: results.append(result))
    return results
