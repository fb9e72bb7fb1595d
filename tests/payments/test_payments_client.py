"""The client of payments: it says what the API takes, and trusts no answer that breaks the contract."""

import json
from dataclasses import asdict

import pytest
import requests
from django.conf import settings

from apps.payments.services import confirm_sandbox_payment
from chassis import calls
from chassis.calls import BrokenContract, Refused
from chassis.identifiers import new_id
from clients.payments import PaymentRequest, Payments, RefundOrder

pytestmark = pytest.mark.django_db
REQUEST = PaymentRequest(order_id="ord_1", attempt=1, amount=100, currency="EUR")
MEMBERS = {
    "id": "pay_1",
    "order_id": "ord_1",
    "attempt": 1,
    "provider": "sandbox",
    "status": "created",
    "amount": 100,
    "currency": "EUR",
    "amount_captured": 0,
    "amount_refunded": 0,
    "amount_refundable": 0,
    "outcome_unknown": False,
}


class StandIn:
    """A transport that answers what the test says and remembers what was sent."""

    def __init__(self):
        self.status, self.body, self.sent = 200, {**MEMBERS, "payer_token": "secret"}, None

    def send(self, request, **options):
        self.sent = request
        response = requests.Response()
        response.status_code, response._content = self.status, json.dumps(self.body).encode()
        return response


@pytest.fixture
def neighbour(monkeypatch):
    stand_in = StandIn()
    monkeypatch.setattr(calls, "transport_to", lambda service: stand_in)
    return stand_in


@pytest.fixture
def payments():
    return Payments("payments")


def test_a_payment_is_created_with_its_key(payments, neighbour):
    payment = payments.create(REQUEST, idempotency_key="ord_1:att:1")

    assert asdict(payment) == {**MEMBERS, "payer_token": "secret", "client_secret": ""}
    assert neighbour.sent.headers["Idempotency-Key"] == "ord_1:att:1"
    assert json.loads(neighbour.sent.body) == {
        "order_id": "ord_1",
        "attempt": 1,
        "amount": 100,
        "currency": "EUR",
        "customer_id": None,
        "provider": "sandbox",
    }


def test_a_refund_is_ordered_with_its_key(payments, neighbour):
    neighbour.body = {
        "id": "ref_1",
        "payment_id": "pay_1",
        "order_id": "ord_1",
        "refund_request_id": "rrq_1",
        "amount": 60,
        "currency": "EUR",
        "status": "pending",
        "something": "new",
    }

    refund = payments.refund("pay_1", RefundOrder("rrq_1", 60, "other"), idempotency_key="ord_1:rfr:1")

    assert (refund.id, refund.status) == ("ref_1", "pending")
    assert neighbour.sent.url.endswith("/v1/payments/pay_1/refunds")


def test_the_secret_of_the_payer_is_handed_on(payments, neighbour):
    neighbour.body = {**MEMBERS, "payer_token": "secret", "client_secret": "pi_1_secret_2"}

    assert payments.create(REQUEST, idempotency_key="ord_1:att:1").client_secret == "pi_1_secret_2"


def test_a_capture_says_how_much(payments, neighbour):
    neighbour.body = {**MEMBERS, "status": "succeeded", "amount_captured": 60}

    payment = payments.capture("pay_1", 60, idempotency_key="ord_1:cap:1")

    assert payment.amount_captured == 60
    assert neighbour.sent.url.endswith("/v1/payments/pay_1/capture")
    assert json.loads(neighbour.sent.body) == {"amount": 60}


def test_a_sync_is_sent_with_a_key_of_its_own(payments, neighbour):
    neighbour.body = MEMBERS

    payments.sync("pay_1")

    assert neighbour.sent.url.endswith("/v1/payments/pay_1/sync")
    assert neighbour.sent.headers["Idempotency-Key"] == "pay_1:sync"


@pytest.mark.parametrize("body", [[], {}, {"data": None}, {"data": [{"id": "ref_1"}]}])
def test_refunds_that_are_no_list_of_refunds_break_the_contract(payments, neighbour, body):
    neighbour.body = body

    with pytest.raises(BrokenContract):
        payments.refunds("pay_1")


def test_a_refusal_keeps_its_code(payments, neighbour):
    neighbour.status, neighbour.body = 422, {"code": "payment_mismatch"}

    with pytest.raises(Refused) as refused:
        payments.cancel("pay_1", idempotency_key="ord_1:att:1:cancel")

    assert refused.value.code == "payment_mismatch"


@pytest.mark.skipif("orders" not in settings.TOPOLOGY.hosted, reason="orders' signing key is with orders")
def test_the_client_and_the_api_agree():
    payments, order_id = Payments("orders"), new_id("ord")
    request = PaymentRequest(order_id=order_id, attempt=1, amount=100, currency="EUR")

    opened = payments.create(request, idempotency_key="1")
    confirm_sandbox_payment(payment_id=opened.id, payment_method="sbx_ok")
    refund = payments.refund(opened.id, RefundOrder("rrq_1", 60, "other"), idempotency_key="2")

    assert (opened.order_id, opened.status) == (order_id, "requires_payment_method")
    assert (refund.payment_id, refund.status) == (opened.id, "succeeded")
    assert payments.cancel(opened.id, idempotency_key="3") == payments.get(opened.id)
    assert payments.get(opened.id).amount_refundable == 40


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {name: value for name, value in MEMBERS.items() if name != "status"},
        {**MEMBERS, "amount": "100"},
        {**MEMBERS, "amount": 100.0},
        {**MEMBERS, "outcome_unknown": None},
    ],
)
def test_an_answer_that_breaks_the_contract_is_no_payment(payments, neighbour, body):
    neighbour.body = body

    with pytest.raises(BrokenContract):
        payments.get("pay_1")


def test_a_payment_created_without_a_token_for_its_payer_breaks_the_contract(payments, neighbour):
    neighbour.body = MEMBERS

    with pytest.raises(BrokenContract):
        payments.create(REQUEST, idempotency_key="ord_1:att:1")
