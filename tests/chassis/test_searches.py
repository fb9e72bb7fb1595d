"""A search finds the same on both databases, whatever the case and the alphabet."""

import pytest

from apps.orders.models import Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def names():
    names = ["Zoë's lantern", "ЛАМПА", "50% off", "a_b", "back\\slash", "Straße"]
    for number, name in enumerate(names):
        Product.objects.create(sku=f"S-{number}", name=name)
    return names


@pytest.mark.parametrize(
    ("words", "found"),
    [("zoË", 0), ("лампа", 1), ("Лампа", 1), ("0%", 2), ("a_b", 3), ("k\\s", 4), ("STRAßE", 5)],
)
def test_letters_are_found_whatever_their_case_and_signs_mean_themselves(names, words, found):
    assert [product.name for product in Product.objects.filter(name__icontains=words)] == [names[found]]


def test_what_is_not_there_is_not_found(names):
    assert not Product.objects.filter(name__icontains="aXb").exists()
