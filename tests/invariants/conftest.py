"""A small shop of all three services in this process, whose rows a test can change behind everybody's back."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient

from apps.orders.models import Order
from apps.orders.services.catalogue import create_product, move_stock
from apps.users.services.accounts import ensure_account
from chassis import context
from chassis.callers import Caller
from chassis.insert_only import guarded, lift
from chassis.protections import Protection
from chassis.topology import SERVICES
from config.inspections import Inspection
from tests.journeys.visitors import ADDRESS

PRICE = 1000


class Shop:
    """One product, one customer, and what they do."""

    def __init__(self):
        self.customer = ensure_account(email="ana@example.com", password="a long enough passphrase", role="customer")
        self.product = create_product(sku="MUG", name="A mug", prices=[{"currency": "GBP", "amount": PRICE}])
        move_stock(product_id=self.product.id, delta=100, reason="receipt", note="", actor="usr_test")
        self.client = APIClient()
        scopes = frozenset({"refunds:create"})
        self.client.force_authenticate(user=Caller(self.customer.id, "user", scopes=scopes, email="ana@example.com"))

    def command(self, path, body):
        answer = self.client.post(path, body, format="json", headers={"Idempotency-Key": uuid4().hex})
        assert answer.status_code < 300, answer.json()
        return answer.json()

    def place(self, quantity=2):
        lines = [{"product_id": self.product.id, "quantity": quantity}]
        order = self.command("/v2/orders", {"currency": "GBP", "lines": lines, "shipping_address": ADDRESS})["id"]
        self.work()
        return order

    def opened(self):
        order = self.place()
        return order, self.command(f"/v2/orders/{order}/pay", {})["payment"]["id"]

    def paid(self):
        order, payment = self.opened()
        self.command(f"/v1/sandbox/payments/{payment}/confirm", {"payment_method": "sbx_ok"})
        self.work()
        return order, payment

    def cancelled(self):
        order, payment = self.paid()
        self.command(f"/v2/orders/{order}/cancel", {})
        self.work()
        return order, payment

    def refunded(self, amount=500):
        order, payment = self.paid()
        self.command(f"/v2/orders/{order}/refunds", {"amount": {"amount": amount, "currency": "GBP"}})
        self.work()
        return order, payment

    def expired(self):
        order, payment = self.opened()
        Order.objects.filter(pk=order).update(expires_at=timezone.now())
        self.work()
        assert Order.objects.get(pk=order).status == "expired"
        return order, payment

    def work(self):
        """Have every service do what is due, to the end."""
        while sum(_work_of(service) for service in SERVICES):
            pass


def _work_of(service):
    """As a worker does it, which would close the connections that the test's transactions are open on."""
    with context.entered(context.for_work("", service=service)):
        return sum(job.run("the worker") for job in apps.get_app_config(service).jobs())


@pytest.fixture
def shop(settings):
    """Its services wait for one another as long as a busy machine takes."""
    settings.CALLS = dict.fromkeys(SERVICES, Protection(timeout=60, failures=0))
    return Shop()


@pytest.fixture
def day(shop):
    """An order of each kind."""
    return {
        "pending": shop.opened(),
        "paid": shop.paid(),
        "cancelled": shop.cancelled(),
        "refunded": shop.refunded(),
        "expired": shop.expired(),
    }


@pytest.fixture
def found():
    """What the invariants say, of everything that is there: each violation with its subject."""

    def run(**options):
        inspection = Inspection(timezone.now(), **options)
        inspection.run()
        assert inspection.unanswered == {}
        return {(finding.violation.invariant, finding.violation.subject) for finding in inspection.findings}

    return run


@pytest.fixture
def unlocked():
    """What is insert-only can be changed, as by somebody who may do anything to a database."""
    for connection in map(connections.__getitem__, SERVICES):
        if connection.vendor == "postgresql":
            connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in guarded(connection, connection.introspection.table_names()):
            lift(connection, table)


@pytest.fixture
def sql(unlocked):
    """Runs a statement in a service's database, past every model; returns what it selects."""

    def run(service, statement, *values):
        with connections[service].cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def unguarded(sql):
    """Lets a table take what its constraint forbids: a bug that would have to get past it, too."""

    def run(service, table, constraint):
        if connections[service].vendor == "sqlite":
            sql(service, "PRAGMA ignore_check_constraints = ON")
        else:
            sql(service, "SET CONSTRAINTS ALL IMMEDIATE")
            sql(service, f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")

    yield run
    for connection in connections.all():
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA ignore_check_constraints = OFF")
