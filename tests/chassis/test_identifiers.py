"""Names of things, made before the things are."""

import time
from datetime import timedelta

from django.utils import timezone

from apps.orders.models import Order, OrderLine, Product
from chassis.identifiers import CROCKFORD, ID_PATTERN, IdField, first_id, new_id, new_number


def test_an_id_says_what_it_is_of():
    assert new_id("ord").startswith("ord_")
    assert ID_PATTERN.fullmatch(new_id("ord"))
    assert len(new_id("ord")) == 30


def test_ids_are_ordered_by_the_time_of_their_making():
    made = []
    for _ in range(5):
        made.append(new_id("ord"))
        time.sleep(0.002)

    assert made == sorted(made)


def test_an_id_carries_the_version_seven_of_its_standard():
    number = 0
    for letter in new_id("ord").removeprefix("ord_"):
        number = number * 32 + CROCKFORD.index(letter)

    assert number >> 128 == 0
    assert (number >> 76) & 0xF == 7
    assert (number >> 62) & 0b11 == 0b10
    assert abs((number >> 80) / 1000 - time.time()) < 5


def test_a_moment_lies_between_the_ids_made_before_it_and_after():
    now = timezone.now()

    assert first_id("ord", now - timedelta(seconds=1)) < new_id("ord") < first_id("ord", now + timedelta(seconds=60))


def test_no_two_ids_are_the_same():
    assert len({new_id("ord") for _ in range(10_000)}) == 10_000


def test_a_number_can_be_read_aloud():
    for _ in range(200):
        first, dash, last = new_number().partition("-")

        assert (len(first), dash, len(last)) == (4, "-", 4)
        assert not set("ILOU") & set(first + last)
        assert (first + last).isascii()
        assert (first + last).isupper() or (first + last).isdigit()


def test_a_row_has_its_id_before_it_is_saved():
    assert Product(sku="a").id.startswith("prd_")
    assert Order().id.startswith("ord_")
    assert OrderLine().id != OrderLine().id


def test_a_migration_writes_the_prefix_and_nothing_that_follows_from_it():
    field = IdField("abc")

    _, path, arguments, options = field.deconstruct()

    assert (path, arguments, options) == ("chassis.identifiers.IdField", ["abc"], {"primary_key": True})
    assert IdField(*arguments, **options).default().startswith("abc_")
