"""A shop in which nothing went wrong."""

import pytest

pytestmark = pytest.mark.django_db


def test_an_empty_shop_violates_nothing(found):
    assert found() == set()


@pytest.mark.usefixtures("day")
def test_a_shop_that_has_traded_violates_nothing(found):
    assert found() == set()


@pytest.mark.usefixtures("day")
def test_its_provider_says_the_same(found):
    assert found(asks_providers=True) == set()
