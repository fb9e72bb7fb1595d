"""Whom a URL of a user may lead to: somebody who answers as they like, or never ends."""

import gzip
import json
import ssl
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Asked(BaseHTTPRequestHandler):
    """Says what it was asked; the path says how it answers."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        getattr(self, f"say_{self.path.strip('/').partition('?')[0] or 'what_was_asked'}")()

    def do_POST(self):
        self.do_GET()

    def say_what_was_asked(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        told = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}
        self._answer(json.dumps(told | {"sni": self.server.names[-1], "at": self.server.server_address[0]}).encode())

    def say_elsewhere(self):
        self._answer(
            b"",
            307,
            Location=f"https://{self.server.server_address[0]}:{self.server.server_port}/",
            **{"Set-Cookie": "a=b"},
        )

    def say_bomb(self):
        self._answer(gzip.compress(b"0" * 10_000_000), **{"Content-Encoding": "gzip"})

    def say_half(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        self.close_connection = True

    def say_less_than_nothing(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n" + b"0" * 100)
        self.close_connection = True

    def say_nonsense(self):
        self.wfile.write(b"no HTTP\r\n\r\n")
        self.close_connection = True

    def say_endless_body(self):
        self._go_on(b"HTTP/1.1 200 OK\r\n\r\n", b"0" * 4096)

    def say_endless_chunk(self):
        self._go_on(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", b"0" * 4096)

    def say_endless_head(self):
        self._go_on(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    def say_slow_body(self):
        self._go_on(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"0", pause=0.05)

    def say_slow_head(self):
        self._go_on(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"0", pause=0.05)

    def say_nothing(self):
        self.server.is_over.wait(5)

    def _answer(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _go_on(self, begin, more, pause=0.0):
        with suppress(OSError):
            self.wfile.write(begin)
            while not self.server.is_over.wait(pause):
                self.wfile.write(more)

    def log_message(self, *_):
        """Nothing: the tests speak for themselves."""


class Server(ThreadingHTTPServer):
    def __init__(self, address, certificate):
        super().__init__(address, Asked)
        self.asked, self.names, self.is_over = [], [], threading.Event()
        file, key, _ = certificate.values()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file, key)
        context.sni_callback = lambda _, name, __: self.names.append(name)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_):
        """A connection that fails is what some tests are about."""


@contextmanager
def serving(certificate, host="127.0.0.1", port=0):
    """A server of TLS there, until the block is left. It knows what it was `asked`, and by which `names`."""
    with Server((host, port), certificate) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.is_over.set()
            server.shutdown()
            thread.join()
