"""Those who ask payments, and payments in the states that they may be in."""

import threading

import pytest
from django.db import connections
from rest_framework.test import APIClient

from apps.payments import providers
from apps.payments.models import OutboxEvent, Payment
from chassis.callers import Caller
from chassis.identifiers import new_id
from tests.payments.stand_ins import StandInProvider
from tests.stripe.processes import running

CUSTOMER_ID = new_id("usr")


def client_of(caller):
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(user=caller)
    return client


def person(*scopes, id=None):
    return client_of(Caller(id=id or new_id("usr"), kind="user", scopes=frozenset(scopes)))


@pytest.fixture
def orders():
    return client_of(Caller(id="service:orders", kind="service", scopes=frozenset({"payments:write"})))


@pytest.fixture
def users():
    return client_of(Caller(id="service:users", kind="service", scopes=frozenset({"payments:write"})))


@pytest.fixture
def customer():
    return person(id=CUSTOMER_ID)


@pytest.fixture
def stranger():
    return person()


@pytest.fixture
def support():
    return person("orders:read", "payments:read")


@pytest.fixture
def finance():
    return person("payments:read", "payments:write", "refunds:create")


@pytest.fixture
def payer_of():
    """Whoever holds the payer's token of a payment."""
    scopes = frozenset({"payment:pay"})
    return lambda payment_id: client_of(Caller(id=f"payer:{payment_id}", kind="payer", scopes=scopes))


@pytest.fixture
def wanted():
    """What orders asks for when a customer pays."""
    order = {"order_id": new_id("ord"), "attempt": 1, "customer_id": CUSTOMER_ID}
    return {**order, "amount": 100, "currency": "EUR", "provider": "sandbox"}


@pytest.fixture
def open_payment(orders, wanted):
    """Opens a payment of an order of its own, or as named."""

    def opened(**members):
        answer = orders.post("/v1/payments", {**wanted, "order_id": new_id("ord"), **members})
        return answer.json()["id"]

    return opened


@pytest.fixture
def pay(customer):
    """Has the customer pay, with the sandbox's outcome."""

    def paid(payment_id, method="sbx_ok"):
        return customer.post(f"/v1/sandbox/payments/{payment_id}/confirm", {"payment_method": method})

    return paid


@pytest.fixture
def paid_payment(open_payment, pay):
    payment_id = open_payment()
    pay(payment_id)
    return payment_id


@pytest.fixture
def provider(monkeypatch):
    """A provider that does what the test says; payments reach it as `scripted`."""
    stand_in = StandInProvider()
    monkeypatch.setitem(providers.PROVIDERS, "scripted", stand_in)
    return stand_in


@pytest.fixture
def scripted_payment(provider, open_payment):
    return open_payment(provider="scripted")


@pytest.fixture
def announced():
    """The types of what was announced about a payment since it was created, in order."""

    def types(payment_id):
        first, *rest = OutboxEvent.objects.filter(stream=payment_id).order_by("number").values_list("type", flat=True)
        assert first == "payment.created"
        return rest

    return types


@pytest.fixture
def at_once():
    """What the calls return that are made at the same moment, each in a thread of its own."""

    def made(*calls):
        answers, start = [], threading.Barrier(len(calls))

        def make(call):
            start.wait()
            answers.append(call())
            connections.close_all()

        threads = [threading.Thread(target=make, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    return made


@pytest.fixture
def intended(wanted):
    """A payment as a crash leaves it that comes before its provider is asked."""

    def left_behind(**members):
        return Payment.objects.create(**{**wanted, "order_id": new_id("ord"), **members, **Payment.held_by_request()})

    return left_behind


@pytest.fixture(scope="session")
def running_fake(tmp_path_factory):
    with running(tmp_path_factory.mktemp("stripe")) as fake:
        yield fake


@pytest.fixture
def fake(running_fake):
    """With nothing of what another test had it do."""
    running_fake.forget("faults")
    return running_fake
