"""With TLS a service calls whom it means, wherever that is, and shows who it is itself."""

import json
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chassis.calls import Neighbour, Unavailable
from chassis.peers import names_of
from chassis.topology import SERVICES, Tls
from deploy.authority import Authority
from tests.chassis.processes import mounted


class WhoAreYou(BaseHTTPRequestHandler):
    """Says by which names it knows its peer."""

    def do_GET(self):
        told = json.dumps({"peer": sorted(names_of(self.connection))}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        """Nothing: the tests speak for themselves."""


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A handshake that fails is what some tests are about."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@contextmanager
def served(certificate):
    """A server that shows this certificate and wants to see one."""
    file, key, authority = certificate.values()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(file, key)
    with Quiet(("127.0.0.1", 0), WhoAreYou) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def calling(mount, settings):
    """What orders hears from users at this address, with its certificate."""

    def call(url, certificate):
        mounted(settings, transport="http", urls=dict.fromkeys(SERVICES, url), tls=Tls(*certificate.values()))
        return Neighbour("orders", "users").get("/", anonymous=True).json

    return call


def test_each_end_knows_the_other_by_its_name(authority, calling):
    with served(authority.certify("users")) as url:
        assert calling(url, authority.certify("orders")) == {"peer": ["localhost", "orders"]}


def test_whoever_hosts_several_services_is_each_of_them(authority, calling):
    with served(authority.certify("payments", "users")) as url:
        assert calling(url, authority.certify("orders"))


def test_nobody_else_is_asked_even_if_certified_for_the_address(authority, calling):
    with served(authority.certify("payments")) as url, pytest.raises(Unavailable, match="SSLError"):
        calling(url, authority.certify("orders"))


def test_who_is_certified_by_somebody_else_is_not_believed(authority, calling, tmp_path):
    with served(Authority(tmp_path).certify("users")) as url, pytest.raises(Unavailable, match="SSLError"):
        calling(url, authority.certify("orders"))


def test_a_certificate_that_is_replaced_is_shown_from_the_next_connection_on(authority, calling):
    own, other = authority.certify("orders"), authority.certify("payments")
    with served(authority.certify("users")) as url:
        calling(url, own)

        for name, file in other.items():
            Path(own[name]).write_bytes(Path(file).read_bytes())

        assert Neighbour("orders", "users").get("/", anonymous=True).json == {"peer": ["localhost", "payments"]}
