"""A second opinion: localstripe, which others wrote, as a process of its own. Its gaps are no subject here."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from apps.payments.providers.stripe import Stripe
from apps.payments.providers.stripe.readings import read_intent
from deploy.processes import PYTHON, Child, free_ports, wait_for_start, wait_until
from tests.stripe.processes import KEY, WEBHOOK_SECRET

_opener = build_opener(ProxyHandler({}))
CARD, ASKING_CARD = "4242424242424242", "4000002500003155"
# Its own command listens on every address, and keeps what it knows in a file that all who run it share.
SERVE = """
import sys
from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app

Store.dump_to_disk = lambda store: None
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))
"""


class Seconded(Stripe):
    """As localstripe can answer: it lists no charges of an intent, but shows the last one in it."""

    def _stands(self, it, found):
        told = found.to_dict()
        charge = told["latest_charge"]
        received = charge["amount"] if charge and charge["captured"] else 0
        shown = [{**charge, "payment_method_details": {"type": "card"}}] if charge else []
        return read_intent({**told, "amount_received": received}, shown)


class Localstripe:
    def __init__(self, url):
        self.url = url

    def post(self, path, **members):
        headers = {"Authorization": f"Bearer {KEY}"}
        with _opener.open(Request(f"{self.url}{path}", urlencode(members).encode(), headers), timeout=20) as answer:
            return json.loads(answer.read() or "{}")

    def pay(self, reference, number):
        card = {"card[number]": number, "card[exp_month]": 12, "card[exp_year]": 2034, "card[cvc]": "123"}
        method = self.post("/v1/payment_methods", type="card", **card)
        self.post(f"/v1/payment_intents/{reference}", payment_method=method["id"])
        return self.post(f"/v1/payment_intents/{reference}/confirm")


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory):
    """It says in its log that it listens."""
    (port,), folder = free_ports(1), tmp_path_factory.mktemp("localstripe")
    command = [PYTHON, "-c", SERVE, str(port)]
    child = Child(command, dict(os.environ, PYTHONUNBUFFERED="1"), folder / "log")
    try:
        wait_for_start(lambda: "Running on" in child.log.read_text(), [child], what="localstripe")
        yield Localstripe(f"http://127.0.0.1:{port}")
    finally:
        child.end()


@pytest.fixture
def stripe(localstripe):
    return Seconded(secret_key=KEY, webhook_secrets=(WEBHOOK_SECRET,), api_base=localstripe.url)


@pytest.fixture
def letters():
    """What reaches an address of ours."""
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()


def test_a_payment_is_opened_and_paid(localstripe, stripe, opened):
    intent = opened()
    localstripe.pay(intent.reference, CARD)

    paid = stripe.retrieve(intent.reference)

    assert (intent.status, bool(intent.client_secret)) == ("requires_payment_method", True)
    assert (paid.status, paid.amount_captured, paid.client_secret) == ("succeeded", 1000, "")


def test_what_is_authorized_is_captured(localstripe, stripe, opened):
    reference = opened(capture_method="manual").reference
    localstripe.pay(reference, CARD)

    authorized = stripe.retrieve(reference)
    captured = stripe.capture(reference, 1000, idempotency_key="k-capture")

    assert (authorized.status, authorized.amount_authorized, authorized.amount_captured) == ("authorized", 1000, 0)
    assert (captured.status, captured.amount_captured) == ("succeeded", 1000)


def test_a_part_is_given_back(localstripe, stripe, opened):
    reference = opened().reference
    localstripe.pay(reference, CARD)

    refund = stripe.refund(reference, 400, refund_id="ref_1", idempotency_key="k-refund")

    assert (refund.status, refund.amount, refund.refund_id) == ("succeeded", 400, "ref_1")
    assert stripe.refunds(reference) == [refund]


def test_a_payment_is_cancelled_and_cancelled_is_how_it_stays(stripe, opened):
    reference = opened().reference

    assert stripe.cancel(reference, idempotency_key="k-cancel").status == "cancelled"
    assert stripe.cancel(reference, idempotency_key="k-again").status == "cancelled"


def test_the_bank_may_ask_the_payer(localstripe, stripe, opened):
    reference = opened().reference
    localstripe.pay(reference, ASKING_CARD)

    asked = stripe.retrieve(reference)

    assert (asked.status, asked.next_action) == ("requires_action", {"type": "use_stripe_sdk"})


def test_what_it_signs_is_believed(localstripe, stripe, opened, letters):
    url, received = letters
    localstripe.post("/_config/webhooks/ours", url=url, secret=WEBHOOK_SECRET)
    reference = opened().reference
    localstripe.pay(reference, CARD)

    def about_it():
        return next((letter for letter in received if reference.encode() in letter[1]), None)

    news = stripe.read_webhook(*wait_until(about_it, what="a webhook"))

    assert (news.type, news.reference) == ("payment_intent.succeeded", reference)
