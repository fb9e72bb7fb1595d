"""`python -m tests.stripe.server --port N --file F` serves until it is killed, and goes on from the same file."""

import argparse
import json
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.stripe.controls import control
from tests.stripe.events import Postman
from tests.stripe.forms import decoded
from tests.stripe.refusals import (
    Refusal,
    broken,
    in_progress,
    missing,
    not_permitted,
    other_parameters,
    rate_limited,
    unauthorized,
)
from tests.stripe.resources import answer
from tests.stripe.stores import Store, new_id

KEY = re.compile(r"(sk|rk|pk)_(test|live)_\w+")
# What a payer's browser may do, with the publishable key and the client's secret.
OF_THE_PAYER = re.compile(r"(GET /v1/payment_intents/\w+|POST /v1/payment_intents/\w+/confirm)")
# What can go wrong before anything is done, as an answer; `hang` and `drop` are none.
BEFORE = {
    "rate_limit": rate_limited,
    "conflict": in_progress,
    "unavailable": lambda: Refusal(503, "Service unavailable", type="api_error"),
    "broken": lambda: broken(is_kept=False),
    "broken_for_good": lambda: broken(is_kept=True),
    "forbidden": not_permitted,
}


class HangUp(Exception):
    """The connection is closed without an answer."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self._serve("GET")

    def do_POST(self):
        self._serve("POST")

    def do_DELETE(self):
        self._serve("DELETE")

    def log_message(self, format, *args):
        pass

    def _serve(self, method):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        try:
            if path.startswith("/_control/"):
                return self._control(method, path, body)
            self._api(method, path, decoded(body if method == "POST" else query))
        except HangUp:
            self.close_connection = True

    def _control(self, method, path, body):
        with self.server.store.change() as store:
            try:
                said = control(store, method, path, json.loads(body or "{}"))
            except Refusal as refusal:
                said = {"refused": refusal.body}
        self._answer(404 if said is None else 200, json.dumps(said))

    def _api(self, method, path, wanted):
        store, key = self.server.store, self.headers.get("Idempotency-Key", "")
        kind, seconds = store.next_fault(f"{method} {path}")
        with store.change():
            status, said, is_replayed = self._decide(method, path, wanted, key if method == "POST" else "", kind)
            self._note(method, path, wanted, key, status, is_replayed, kind)
        if kind.startswith(("hang", "drop")):
            time.sleep(seconds if kind.startswith("hang") else 0)
            raise HangUp
        replayed = {"Idempotent-Replayed": "true"} if is_replayed else {}
        self._answer(status, said, **replayed, **({"Idempotency-Key": key} if key else {}))

    def _decide(self, method, path, wanted, key, fault):
        """The status and the body, and whether a key remembers them; what the key is to remember is noted."""
        store, request = self.server.store, json.dumps([method, path, wanted], sort_keys=True)
        known = store.remembered(key) if key else None
        try:
            livemode = self._livemode(method, path, wanted)
            if fault in BEFORE:
                refuse = BEFORE[fault]
                raise refuse()
            if known and known[0] != request:
                raise other_parameters()
            if known:
                return known[1], known[2], True
            if fault in {"hang", "drop"}:
                return 0, "", False
            status, said, is_kept = 200, json.dumps(answer(store, method, path, wanted, livemode=livemode)), True
        except Refusal as refusal:
            status, said, is_kept = refusal.status, json.dumps(refusal.body), refusal.is_kept
        if key and is_kept:
            store.remember(key, request, status, said)
        return status, said, False

    def _livemode(self, method, path, wanted):
        """Whether the key that came is for real money. Raises Refusal if it is none."""
        key = KEY.fullmatch(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if not key or key[0].endswith("_revoked"):
            raise unauthorized()
        if key[1] == "pk":
            self._require_payer(method, path, wanted.pop("client_secret", ""))
        return key[2] == "live"

    def _require_payer(self, method, path, client_secret):
        if not OF_THE_PAYER.fullmatch(f"{method} {path}"):
            raise not_permitted()
        intent = self.server.store.get(path.split("/")[3])
        if not intent or intent["client_secret"] != client_secret:
            raise missing("payment_intent", path.split("/")[3])

    def _note(self, method, path, wanted, key, status, is_replayed, fault):
        about = {"method": method, "path": path, "wanted": wanted, "key": key, "status": status}
        noted = json.dumps({**about, "is_replayed": is_replayed, "fault": fault})
        self.server.store.rows("INSERT INTO requests (body) VALUES (?)", noted)

    def _answer(self, status, said, **headers):
        body = said.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Request-Id": new_id("req"), **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, port, store):
        super().__init__(("127.0.0.1", port), Handler)
        self.store = store

    def handle_error(self, request, client_address):
        """Whoever hangs up is no error of ours."""


def main():
    options = argparse.ArgumentParser(prog="python -m tests.stripe.server")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--file", default=":memory:")
    given = options.parse_args()
    store = Store(given.file)
    Postman(store).start()
    Server(given.port, store).serve_forever()


if __name__ == "__main__":
    main()
