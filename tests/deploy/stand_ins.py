"""A running gateway, and small servers in the place of the services behind it."""

import json
import re
import socket
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import requests

from config.routes import ROUTES
from deploy.gateway import caddyfile, find_caddy
from deploy.processes import PYTHON, Child, free_ports, wait_until
from tests.topologies.environments import environment

TAG = '"3-0123456789abcdef"'


class Server(ThreadingHTTPServer):
    """A stand-in for the service of this name, with the paths that it was asked for."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, service, port=0):
        super().__init__(("127.0.0.1", port), StandIn)
        self.service, self.asked, self._connections = service, [], []

    def get_request(self):
        connection, address = super().get_request()
        self._connections.append(connection)
        return connection, address

    def end(self):
        """As when a process dies: it listens no more, and every connection is closed."""
        self.shutdown()
        self.server_close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class StandIn(BaseHTTPRequestHandler):
    """A service that says which one it is, and what it was asked. The last part of a path says how it answers."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers["Content-Length"] or 0)
        self.body = self.rfile.read(length)
        if not self.path.endswith(("/readyz", "/livez")):
            self.server.asked.append(self.path)
        last = re.sub(r"\W.*", "", self.path.rpartition("/")[2])
        getattr(self, f"answer_{last}", self.answer_plainly)()

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = do_TRACE = answer  # noqa: N815  # its base class calls them so

    def answer_plainly(self, padding=""):
        told = {
            "service": self.server.service,
            "path": self.path,
            "bytes": len(self.body),
            "headers": dict(self.headers.items()),
            "padding": padding,
        }
        self.write(200, json.dumps(told).encode(), {"ETag": TAG, "X-Request-ID": self.headers["X-Request-ID"]})

    def answer_large(self):
        """3,000 bytes and more, or 304 for whoever has them."""
        if TAG in self.headers.get("If-None-Match", ""):
            self.write(304, b"", {"ETag": TAG, "X-Request-ID": "unchanged"})
        else:
            self.answer_plainly("x" * 3000)

    def answer_slow(self):
        time.sleep(3)

    def answer_lost(self):
        self.close_connection = True

    def answer_unread(self):
        """As a server answers that could not read the request: no view of ours was asked."""
        self.write(431, b"<h1>Too large</h1>", {"Content-Type": "text/html"})

    def write(self, status, body, headers):
        self.send_response(status)
        length = {} if status == 304 else {"Content-Length": str(len(body))}
        secrets = {"Set-Cookie": "session=secret-in-a-cookie"}
        for name, value in {"Content-Type": "application/json", **length, **secrets, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        """Silence."""


class Door:
    """A running gateway and the stand-ins behind it."""

    def __init__(self, url, servers, folder):
        self.url, self.servers, self.folder = url, servers, folder

    def get(self, path, **options):
        return requests.get(self.url + path, timeout=10, **options)

    def ask(self, method, path, **options):
        """One request whose path arrives exactly as it is written here."""
        request = requests.Request(method, self.url, **options).prepare()
        request.url = self.url + path
        return requests.Session().send(request, timeout=10)

    def say(self, words, *, patience=0.5):
        """What comes back for these very bytes, until the gateway has had nothing more to say for a while."""
        url, heard = urlsplit(self.url), b""
        with socket.create_connection((url.hostname, url.port), timeout=patience) as connection:
            connection.sendall(words)
            with suppress(TimeoutError):
                while more := connection.recv(65536):
                    heard += more
        return heard.decode()

    def asked(self, service):
        return self.servers[service].asked

    def access(self, request_id):
        """The line of the access log about this request, once it is written."""
        file = self.folder / "gateway" / "access.log"
        (line,) = wait_until(
            lambda: [line for line in file.read_text().splitlines() if request_id in line], what="the access log"
        )
        return line

    def stop(self, service):
        self.servers[service].end()

    def start(self, service):
        self.servers[service] = listening(service, self.servers[service].server_port)


@contextmanager
def open_door(folder, *, changes=()):
    """The gateway before a stand-in for each service; `changes` are what its Caddyfile says instead."""
    with ExitStack() as stack:
        servers = {service: listening(service) for service in ROUTES}
        (port,) = free_ports(1)
        urls = {f"{name.upper()}_URL": f"http://127.0.0.1:{one.server_port}" for name, one in servers.items()}
        here = environment(PUBLIC_URL=f"http://127.0.0.1:{port}", VAR_DIR=str(folder), **urls)
        command = changed(port, here, folder, changes) if changes else [PYTHON, "-m", "deploy.gateway"]
        child = Child(command, here, folder / "gateway.log")
        stack.callback(child.end)
        door = Door(f"http://127.0.0.1:{port}", servers, folder)
        stack.callback(lambda: [server.end() for server in door.servers.values()])
        wait_until(lambda: is_open(door), what="the gateway")
        yield door


def changed(port, here, folder, changes):
    text = caddyfile(port, here)
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file = folder / "Caddyfile"
    file.write_text(text)
    return [find_caddy(), "run", "--config", str(file), "--adapter", "caddyfile"]


def listening(service, port=0):
    server = Server(service, port)
    threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True).start()
    return server


def is_open(door):
    try:
        return all(door.get(f"/services/{service}/readyz").ok for service in ROUTES)
    except requests.ConnectionError:
        return False
