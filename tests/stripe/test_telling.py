"""The fake Stripe tells what happens as the real one does: in its own time, more than once, or not at all."""

import json
import os
import signal
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from deploy.processes import wait_until
from tests.stripe.processes import KEY, WEBHOOK_SECRET, running, started

_opener = build_opener(ProxyHandler({}))


class Shop:
    """A receiver of webhooks; it refuses as many as it is told to."""

    def __init__(self, url, received):
        self.url, self.received, self.refuses = url, received, 0

    def types(self):
        return [json.loads(body)["type"] for body in self.received]


@contextmanager
def open_shop():
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            shop.refuses -= 1
            self.send_response(503 if shop.refuses >= 0 else 200)
            self.end_headers()
            if shop.refuses < 0:
                received.append(body)

        def log_message(self, format, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    shop = Shop(f"http://127.0.0.1:{server.server_port}", received)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield shop
    server.shutdown()
    server.server_close()


@pytest.fixture
def shop():
    with open_shop() as shop:
        yield shop


@pytest.fixture
def fake(tmp_path, shop):
    with running(tmp_path) as fake:
        fake.tell("endpoints", url=shop.url, secret=WEBHOOK_SECRET)
        yield fake


def post(fake, path, body="", key=KEY):
    request = Request(f"{fake.url}{path}", body.encode(), {"Authorization": f"Bearer {key}"})
    with _opener.open(request, timeout=20) as answer:
        return json.load(answer)


def pay(fake):
    reference = post(fake, "/v1/payment_intents", "amount=1000&currency=eur")["id"]
    fake.pay(reference, "pm_card_visa")
    return reference


def delivered(fake):
    deliveries = fake.hear("deliveries")["deliveries"]
    return bool(deliveries) and all(one["state"] == "done" for one in deliveries)


def test_what_happens_is_told_in_order(fake, shop):
    pay(fake)
    wait_until(lambda: delivered(fake))

    assert shop.types() == ["payment_intent.created", "payment_intent.succeeded"]


def test_what_is_refused_is_told_again(fake, shop):
    shop.refuses = 3
    pay(fake)
    wait_until(lambda: delivered(fake))

    assert sorted(shop.types()) == ["payment_intent.created", "payment_intent.succeeded"]


def test_what_is_told_may_be_lost(fake, shop):
    fake.tell("plan", copies=0)
    pay(fake)

    assert fake.hear("deliveries")["deliveries"] == []
    assert len(fake.hear("objects/event")["data"]) == 2


def test_what_is_told_may_be_doubled(fake, shop):
    fake.tell("plan", copies=2)
    pay(fake)
    wait_until(lambda: delivered(fake))

    assert shop.types() == ["payment_intent.created"] * 2 + ["payment_intent.succeeded"] * 2


def test_what_is_told_may_come_in_another_order(fake, shop):
    fake.tell("plan", held=True)
    pay(fake)
    assert shop.types() == []

    fake.tell("release", order="reversed")
    wait_until(lambda: delivered(fake))

    assert shop.types() == ["payment_intent.succeeded", "payment_intent.created"]


def test_what_was_not_told_yet_is_told_by_whoever_starts_again(tmp_path, shop):
    fake, child = started(tmp_path)
    fake.tell("endpoints", url=shop.url, secret=WEBHOOK_SECRET)
    fake.tell("plan", held=True)
    pay(fake)
    os.kill(child.pid, signal.SIGKILL)
    child.end()

    fake, child = started(tmp_path)
    fake.tell("release")
    wait_until(lambda: delivered(fake))
    child.end()

    assert shop.types() == ["payment_intent.created", "payment_intent.succeeded"]


def test_a_browser_may_do_nothing_but_pay_and_only_with_the_secret_of_the_payer(fake):
    reference = post(fake, "/v1/payment_intents", "amount=1000&currency=eur")["id"]
    publishable = KEY.replace("sk", "pk", 1)

    for path in (f"/v1/payment_intents/{reference}/cancel", "/v1/payment_intents", "/v1/refunds"):
        with pytest.raises(HTTPError, match="403"):
            post(fake, path, key=publishable)
    with pytest.raises(HTTPError, match="404"):
        post(fake, f"/v1/payment_intents/{reference}/confirm", "client_secret=guessed", key=publishable)
