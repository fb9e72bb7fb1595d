"""The front door: its Caddyfile is the table of routes, and what it does with requests."""

import json
import re
import subprocess
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from chassis.problems import DependencyUnavailable, NotFound
from config.routes import ROUTES, public_patterns
from deploy.gateway import caddyfile, find_caddy
from tests.topologies.children import PYTHON, Child, environment, free_ports, wait_until

ADDRESSES = {
    "USERS_URL": "http://127.0.0.1:1",
    "ORDERS_URL": "http://127.0.0.1:2",
    "PAYMENTS_URL": "http://127.0.0.1:3",
}
PUBLIC = {**ADDRESSES, "PUBLIC_URL": "http://shop.example:8000"}


class Server(ThreadingHTTPServer):
    """A stand-in for the service of this name."""

    def __init__(self, service):
        super().__init__(("127.0.0.1", 0), StandIn)
        self.service = service


class StandIn(BaseHTTPRequestHandler):
    """A service that only says which one it is, and what host it was asked for."""

    def do_GET(self):
        body = json.dumps(
            {"service": vars(self.server)["service"], "host": self.headers["Host"], "path": self.path}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Silence."""


class Door:
    """A running front door and the stand-ins behind it."""

    def __init__(self, url, servers):
        self.url, self.servers = url, servers

    def get(self, path, **options):
        return requests.get(self.url + path, timeout=10, **options)

    def stop(self, service):
        self.servers[service].shutdown()
        self.servers[service].server_close()


@pytest.fixture
def door(tmp_path):
    with ExitStack() as stack:
        servers = {service: stack.enter_context(stand_in(service)) for service in ROUTES}
        (port,) = free_ports(1)
        urls = {f"{name.upper()}_URL": f"http://127.0.0.1:{one.server_port}" for name, one in servers.items()}
        here = environment(PUBLIC_URL=f"http://127.0.0.1:{port}", VAR_DIR=str(tmp_path), **urls)
        child = Child([PYTHON, "-m", "deploy.gateway"], here, tmp_path / "gateway.log")
        stack.callback(child.end)
        door = Door(f"http://127.0.0.1:{port}", servers)
        wait_until(lambda: is_open(door), what="the front door")
        yield door


def stand_in(service):
    server = Server(service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def is_open(door):
    try:
        return door.get("/livez").ok
    except requests.ConnectionError:
        return False


def test_the_caddyfile_names_exactly_the_table():
    text = caddyfile(8000, PUBLIC)

    routed = dict(re.findall(r"@(\w+) path_regexp `\(\?s\)(.*)`", text))

    del routed["unrouted"]
    assert routed == {service: "|".join(public_patterns(service)) for service in ROUTES}


def test_caddy_accepts_the_caddyfile_as_it_is_written(tmp_path):
    file = tmp_path / "Caddyfile"
    file.write_text(caddyfile(8000, {**PUBLIC, "VAR_DIR": str(tmp_path)}))

    adapted = subprocess.run(
        [find_caddy(), "adapt", "--validate", "--config", file], capture_output=True, text=True, check=False
    )

    assert adapted.returncode == 0, adapted.stderr
    assert "not formatted" not in adapted.stderr


@pytest.mark.parametrize("missing", [*ADDRESSES])
def test_a_service_without_an_address_is_named_at_the_start(missing):
    known = {name: value for name, value in PUBLIC.items() if name != missing}

    with pytest.raises(SystemExit, match=missing):
        caddyfile(8000, known)


@pytest.mark.parametrize("problem", [NotFound, DependencyUnavailable])
def test_its_problems_are_those_of_the_services(problem):
    text = caddyfile(8000, PUBLIC)

    bodies = [json.loads(body) for body in re.findall(r"respond `(.*)` \d+", text)]

    (body,) = [body for body in bodies if body["code"] == problem.code()]
    assert (body["title"], body["status"]) == (problem.title, problem.status)
    assert body["type"] == f"http://shop.example:8000/problems/{problem.page()}"


def test_every_request_reaches_the_service_it_is_for(door):
    paths = {
        "/v1/users": "users",
        "/v1/tokens/refresh": "users",
        "/session": "users",
        "/.well-known/jwks.json": "users",
        "/v1/orders/ord_1/pay": "orders",
        "/v2/products": "orders",
        "/quotes": "orders",
        "/v1/sandbox/payments/pay_1/confirm": "payments",
        "/v1/providers": "payments",
        **{f"/openapi/{service}/v1.json": service for service in ROUTES},
        **{f"/services/{service}/jwks.json": service for service in ROUTES},
    }

    reached = {path: door.get(path).json()["service"] for path in paths}

    assert reached == paths


def test_a_request_arrives_as_it_was_sent(door):
    answer = door.get("/v1/orders/caf%C3%A9?cursor=a%2Bb", headers={"Host": "shop.example"}).json()

    assert answer == {"service": "orders", "host": "shop.example", "path": "/v1/orders/caf%C3%A9?cursor=a%2Bb"}


@pytest.mark.parametrize(
    "path",
    ["/internal/orders/v1/announcements", "//internal/orders", "/%69nternal/users", "/internal/a%0Ab", "/metrics"],
)
def test_what_is_for_services_alone_is_not_there(door, path):
    request = requests.Request("GET", door.url).prepare()
    request.url = door.url + path

    answer = requests.Session().send(request, timeout=10)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_service_that_is_down_is_a_problem_and_its_neighbours_are_none(door):
    door.stop("payments")

    answer = door.get("/v1/payments/a%22b?c=d", headers={"X-Request-ID": "asked-by-a-test"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["instance"] == "/v1/payments/a%22b"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"] == "asked-by-a-test"
    assert door.get("/v1/orders").json()["service"] == "orders"


def test_what_any_process_answers_is_answered_while_one_is_left(door):
    door.stop("users")
    door.stop("orders")

    reached = [door.get(path).json()["service"] for path in ("/", "/docs", "/problems/not-found", "/readyz")]

    assert reached == ["payments"] * 4
