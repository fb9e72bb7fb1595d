"""A command that takes longer than its lease, and is taken over."""

from types import SimpleNamespace

import pytest
from django.db.transaction import atomic
from django.utils import timezone
from rest_framework.response import Response

from apps.orders.models import IdempotencyRecord, Product
from chassis import idempotency
from chassis.problems import RequestInProgress

pytestmark = pytest.mark.django_db


def claimed():
    return IdempotencyRecord.objects.create(scope="s", key="k", fingerprint="f", leased_until=timezone.now())


def do(record, sku):
    """What the command does and answers, as one transaction."""
    with atomic(using="orders"):
        Product.objects.create(sku=sku, name=sku)
        view = SimpleNamespace(service="orders", request=SimpleNamespace(path="/v2/products"))
        idempotency._store(view, record, Response({"sku": sku}, status=201))


def test_of_a_slow_command_and_whoever_took_it_over_only_the_quicker_is_done():
    record = claimed()
    slow = IdempotencyRecord.objects.get(pk=record.pk)

    do(record, "quick")
    with pytest.raises(RequestInProgress):
        do(slow, "slow")

    assert [product.sku for product in Product.objects.all()] == ["quick"]
    assert idempotency._replay("orders", IdempotencyRecord.objects.get()).data == {"sku": "quick"}
