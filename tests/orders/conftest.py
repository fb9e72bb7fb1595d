"""Those who shop and those who keep the shop, products with stock, orders in the states that they may be in."""

import json
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.db import connections
from django.db.models import Sum
from django.utils import timezone
from rest_framework.test import APIClient

from apps.orders.models import InboxEvent, Order, OutboxEvent, Price, Product, Reservation, StockMovement
from apps.orders.models.orders import HELD
from apps.orders.services.catalogue import create_product, move_stock
from chassis import calls
from chassis.callers import Caller
from chassis.identifiers import new_id
from chassis.protections import Protection
from chassis.transports import transport_to
from tests.orders.stand_ins import StandInPayments, StandInUsers

SCOPES = {
    "support": "orders:read orders:cancel payments:read stock:read",
    "fulfilment": "orders:read orders:fulfil stock:read stock:write",
    "finance": "orders:read refunds:create payments:read payments:write",
    "catalog": "products:write stock:read stock:write",
    "auditor": "orders:read payments:read stock:read audit:read",
    "admin": "webhooks:admin audit:read",
}
ADDRESS = {"recipient": "Ana Ødegård", "line1": "Storgata 1", "city": "Tromsø", "postal_code": "9008", "country": "NO"}


class Client(APIClient):
    """An API client that sends each command under a key of its own, unless it is told one."""

    def command(self, path, body=None, *, key="", **headers):
        return self.post(path, body or {}, headers={"Idempotency-Key": key or uuid4().hex, **headers})


def client_of(caller=None):
    client = Client(raise_request_exception=False)
    if caller:
        client.force_authenticate(user=caller)
    return client


def person(scopes="", email="ana@example.com"):
    return client_of(Caller(id=new_id("usr"), kind="user", scopes=frozenset(scopes.split()), email=email))


@pytest.fixture
def customer():
    return person()


@pytest.fixture
def other_customer():
    return person(email="ben@example.com")


@pytest.fixture
def guest():
    return client_of()


@pytest.fixture
def staff():
    """Makes a client of somebody with that role and no other: `staff("finance")`."""
    return lambda role: person(SCOPES[role], f"{role}@example.com")


@pytest.fixture
def support(staff):
    return staff("support")


@pytest.fixture
def finance(staff):
    return staff("finance")


@pytest.fixture
def catalog(staff):
    return staff("catalog")


@pytest.fixture
def stocked():
    """Makes a product with so many in stock, at a price in pounds."""

    def made(quantity=10, price=1000, **facts):
        prices = [{"currency": "GBP", "amount": price}]
        product = create_product(**{"sku": f"SKU-{uuid4().hex[:8]}", "name": "A mug", "prices": prices, **facts})
        if quantity:
            move_stock(product_id=product.id, delta=quantity, reason="receipt", note="", actor="usr_test")
        return Product.objects.get(pk=product.id)

    return made


@pytest.fixture
def many_stocked():
    """Makes many products at £10 with five of each in stock, quicker than one by one."""

    def made(count):
        numbers = range(count)
        products = Product.objects.bulk_create([Product(sku=f"N-{n}", name="A mug", on_hand=5) for n in numbers])
        Price.objects.bulk_create([Price(product=product, currency="GBP", amount=1000) for product in products])
        came = {"delta": 5, "on_hand_after": 5, "reason": "receipt", "actor": "usr_test"}
        StockMovement.objects.bulk_create([StockMovement(product=product, **came) for product in products])
        return products

    return made


@pytest.fixture
def product(stocked):
    return stocked()


def basket(*lines, **more):
    """The body of an order: `basket((product, 2), currency="EUR")`."""
    wanted = [{"product_id": product.id, "quantity": quantity} for product, quantity in lines]
    return {"currency": "GBP", "lines": wanted, "shipping_address": ADDRESS, **more}


@pytest.fixture
def placed(customer):
    """Places an order, by default the customer's, and returns it as it was answered."""

    def place(*lines, by=customer, **more):
        answer = by.command("/v1/orders", basket(*lines, **more))
        assert answer.status_code == 201, answer.json()
        return answer.json()

    return place


@pytest.fixture
def order(placed, product):
    """Two of the product, waiting to be paid."""
    return placed((product, 2))


@pytest.fixture
def paid(customer, payments, tell):
    """Has the customer pay an order, and payments announce it."""

    def pay(order, by=customer, **headers):
        by.command(f"/v1/orders/{order['id']}/pay", **headers)
        tell(payments.succeeded(order["id"]))
        return order

    return pay


@pytest.fixture
def paid_order(paid, order):
    return paid(order)


@pytest.fixture(autouse=True)
def payments(monkeypatch, settings):
    """Payments, replaced at the transport: everything above it is the real thing, but asks once and never gives up."""
    stand_in = StandInPayments()
    settings.CALLS = {**settings.CALLS, "payments": Protection(tries=1, failures=0)}
    monkeypatch.setattr(calls, "transport_to", lambda name: stand_in if name == "payments" else transport_to(name))
    return stand_in


@pytest.fixture
def users(payments, monkeypatch, settings):
    """Users, replaced in the same way; it knows nobody yet."""
    stand_in = StandInUsers()
    settings.CALLS = {**settings.CALLS, "users": Protection(tries=1, failures=0)}
    monkeypatch.setattr(calls, "transport_to", {"payments": payments, "users": stand_in}.__getitem__)
    return stand_in


@pytest.fixture
def work():
    """Has a worker of orders do what is due, until nothing is."""
    orders: Any = apps.get_app_config("orders")

    def worked():
        while sum(job.run("the worker") for job in orders.jobs()):
            pass

    return worked


@pytest.fixture
def later():
    """Lets time pass for what is done within it: minutes, hours."""
    return lambda **passed: time_machine.travel(timezone.now() + timedelta(**passed))


@pytest.fixture
def tell(work):
    """Announces facts to orders over its API, as its neighbours do, and has orders react."""

    def told(*facts):
        for fact in facts:
            name = fact["source"].rpartition("/")[2]
            speaker = client_of(Caller(f"service:{name}", "service", scopes=frozenset({"announcements:write"})))
            path, content_type = "/internal/orders/v1/announcements", "application/cloudevents+json"
            answer = speaker.post(path, json.dumps(fact), content_type=content_type)
            assert answer.status_code == 202, answer.json()
        work()

    return told


@pytest.fixture
def announced():
    """The types of what orders announced about something, in order."""
    return lambda id: list(OutboxEvent.objects.filter(stream=id).order_by("number").values_list("type", flat=True))


@pytest.fixture
def held():
    """How many of a product orders hold."""
    return lambda product: Product.objects.get(pk=product.pk).reserved


@pytest.fixture
def shown(customer):
    """An order as its customer reads it now."""
    return lambda order, by=customer, **headers: by.get(f"/v1/orders/{order['id']}", headers=headers).json()


@pytest.fixture
def at_once():
    """What the calls return that are made at the same moment, each in a thread of its own."""

    def made(*calls):
        answers, start = [], threading.Barrier(len(calls))

        def make(call):
            start.wait()
            try:
                answers.append(call())
            finally:
                connections.close_all()

        threads = [threading.Thread(target=make, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    return made


@pytest.fixture(autouse=True)
def books_balance(request):
    """Whatever a test does, at its end the counters agree with the rows that they count."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("_django_db_helper")
        yield
        _check_stock()
        _check_orders()
        assert not InboxEvent.objects.filter(failures__gt=0).exists(), "a reaction broke"
    else:
        yield


def _check_stock():
    """I3 no oversell, I4 the counter is the reservations, I5 the stock is the movements."""
    holding = Reservation.objects.holding().values_list("product_id")
    held = dict(holding.annotate(held=Sum(HELD)))
    moved = dict(StockMovement.objects.values_list("product_id").annotate(moved=Sum("delta")))
    for product in Product.objects.all():
        assert 0 <= product.reserved <= product.on_hand
        assert (product.reserved, product.on_hand) == (held.get(product.id, 0), moved.get(product.id, 0))


def _check_orders():
    """I11 totals are sums, I12 what is over holds nothing, I21 what is confirmed is backed by stock."""
    for order in Order.objects.prefetch_related("lines"):
        lines = list(order.lines.all())
        assert order.total == sum(line.total for line in lines) + order.shipping_total
        if order.status in {"cancelled", "expired"}:
            assert order.hold_quantities() == {}
        if order.status == "confirmed":
            reserved = {row.line_id: row for row in Reservation.objects.filter(line__in=lines)}
            assert all(line.quantity - line.quantity_refunded <= _kept(reserved[line.id]) for line in lines)
            assert not Reservation.objects.filter(line__in=lines, status="held").exists()


def _kept(reservation):
    return reservation.quantity - reservation.quantity_released
