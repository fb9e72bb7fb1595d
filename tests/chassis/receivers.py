"""Another system of the shop: it listens on this machine, and keeps what it was sent."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Message:
    path: str
    headers: dict
    body: bytes

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def told(self):
        return json.loads(self.body)

    def verified(self, secret):
        """What it says, as a receiver with this secret reads it; raises if it is not ours."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """`answers` are what it says next, each a status, or (status, headers, body); then it says 204 to everything.

    While `may_answer` is clear it keeps silent.
    """

    def __init__(self):
        self.got, self.answers, self.may_answer = [], [], threading.Event()
        self.may_answer.set()

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.got.append(Message(handler.path, headers, body))
        says = self.answers.pop(0) if self.answers else 204
        self.may_answer.wait(20)
        status, headers, content = says if isinstance(says, tuple) else (says, {}, b"")
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)


@contextmanager
def receiving():
    """A receiver with its `url`, until the block is left."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            receiver.answer(self)

        def log_message(self, *_):
            """Nothing: the tests speak for themselves."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.may_answer.set()
            server.shutdown()
            thread.join()
