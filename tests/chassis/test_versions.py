"""Rows that count their changes."""

import pytest

from apps.orders.models import Product

pytestmark = pytest.mark.django_db


def test_a_row_begins_with_its_first_version_and_counts_every_change():
    product = Product.objects.create(sku="a", name="A")
    assert product.version == 1

    product.name = "B"
    product.save_change()

    kept = Product.objects.get()
    assert (kept.version, kept.name) == (2, "B")
    assert kept.updated_at > kept.created_at


def test_what_clients_cannot_see_is_no_new_version():
    product = Product.objects.create(sku="a", name="A")

    product.save()

    assert Product.objects.get().version == 1
