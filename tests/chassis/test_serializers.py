"""What a schema lets pass."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from rest_framework import serializers

from apps.orders.models import Product
from chassis.serializers import (
    MAX_AMOUNT,
    Amount,
    Boolean,
    Change,
    Currency,
    Integer,
    MilliTime,
    Representation,
    Strict,
    Text,
)


class Line(Strict):
    sku = Text(max_length=5)


class Body(Strict):
    name = Text(max_length=5)
    count = Integer(min_value=1, required=False)
    amount = Amount(required=False)
    currency = Currency(required=False)
    is_gift = Boolean(required=False)
    lines = Line(many=True, required=False)
    id = serializers.CharField(read_only=True)


def codes(body):
    """Where something is wrong, and what."""
    serializer = Body(data=body)
    serializer.is_valid()
    return {name: [error.code for error in errors] for name, errors in serializer.errors.items()}


def accepts(**members):
    return Body(data={"name": "Thing", **members}).is_valid()


def test_a_body_as_the_schema_says_is_read():
    serializer = Body(data={"name": " Ana ", "count": 1, "amount": 0, "currency": "EUR", "lines": [{"sku": "a"}]})

    assert serializer.is_valid()
    assert serializer.validated_data == {
        "name": "Ana",
        "count": 1,
        "amount": 0,
        "currency": "EUR",
        "lines": [{"sku": "a"}],
    }


def test_a_member_that_the_schema_does_not_know_is_refused():
    assert codes({"name": "Ana", "nam": "Bob", "NAME": "Cy"}) == {"nam": ["unknown_field"], "NAME": ["unknown_field"]}


def test_a_member_that_is_not_for_callers_is_refused():
    assert codes({"name": "Ana", "id": "usr_1"}) == {"id": ["read_only"]}


def test_a_stray_member_inside_a_list_is_refused_too():
    serializer = Body(data={"name": "Ana", "lines": [{"sku": "a"}, {"sku": "b", "x": 1}]})

    assert not serializer.is_valid()
    assert serializer.errors["lines"][1]["x"][0].code == "unknown_field"


@pytest.mark.parametrize("body", [[], "x", 1, None, [{"name": "Ana"}]], ids=repr)
def test_a_body_that_is_no_object_is_refused(body):
    assert not Body(data=body).is_valid()


@pytest.mark.parametrize("count", ["1", 1.0, 1.5, True, False, None, [], {}, "", "one", -1, 0], ids=repr)
def test_only_a_whole_number_is_an_integer(count):
    assert not accepts(count=count)


@pytest.mark.parametrize("name", [1, 1.5, True, None, [], {}, "", "   ", "longer", "a\x00b", "\ud800"], ids=repr)
def test_only_text_is_text(name):
    assert not accepts(name=name)


@pytest.mark.parametrize("value", ["true", "", 1, 0, None, [], {}])
def test_only_true_and_false_are_booleans(value):
    assert codes({"name": "Ana", "is_gift": value}).keys() == {"is_gift"}
    assert accepts(is_gift=True)
    assert accepts(is_gift=False)


@pytest.mark.parametrize(("amount", "fits"), [(0, True), (MAX_AMOUNT, True), (MAX_AMOUNT + 1, False), (-1, False)])
def test_money_is_an_amount_in_minor_units_within_bounds(amount, fits):
    assert accepts(amount=amount) is fits


@pytest.mark.parametrize("currency", ["eur", "EU", "EURO", "E€R", "ЕUR", "", 1, None], ids=repr)
def test_a_currency_is_three_capital_letters(currency):
    assert not accepts(currency=currency)


@pytest.mark.parametrize(("by", "fits"), [(1, True), (-1, True), (0, False), ("1", False)])
def test_a_change_changes_something(by, fits):
    class Move(Strict):
        by = Change()

    assert Move(data={"by": by}).is_valid() is fits


@pytest.mark.parametrize(
    ("body", "refused_for"),
    [
        ({"all": 1}, []),
        ({"some": 1}, []),
        ({"all": 1, "some": 1}, ["all_or_some"]),
        ({"note": 1}, ["all_or_some"]),
    ],
)
def test_of_members_that_exclude_each_other_one_is_sent(body, refused_for):
    class Choice(Strict):
        exactly_one = ("all", "some")
        all = Integer(required=False)
        some = Integer(required=False)
        note = Integer(required=False)

    choice = Choice(data=body)
    choice.is_valid()

    assert [error.code for errors in choice.errors.values() for error in errors] == refused_for


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00.000Z"),
        (datetime(2026, 1, 31, 12, 0, 1, 999_999, tzinfo=UTC), "2026-01-31T12:00:01.999Z"),
        (datetime(2026, 1, 31, 14, tzinfo=timezone(timedelta(hours=2))), "2026-01-31T12:00:00.000Z"),
        (None, None),
    ],
    ids=str,
)
def test_times_are_in_utc_with_milliseconds(moment, written):
    assert MilliTime().to_representation(moment) == written


def test_a_representation_writes_the_times_of_its_model_that_way():
    class Shown(Representation):
        class Meta:
            model = Product
            fields = ("sku", "created_at")

    product = Product(sku="a", created_at=datetime(2026, 1, 31, 12, tzinfo=UTC))

    assert Shown(product).data == {"sku": "a", "created_at": "2026-01-31T12:00:00.000Z"}
