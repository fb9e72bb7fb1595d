"""How answers are written for programs: the same members in every format."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ErrorDetail
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList

from apps.orders.models import Order
from chassis.formats import JSON, XML, MessagePack

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers() | texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)
LEFTOVERS = {
    "error": ErrorDetail("It is not so", code="invalid"),
    "safe": mark_safe("<b>"),
    "translated": gettext_lazy("Monday"),
    "status": Order.Status.CONFIRMED,
    "dict": ReturnDict({"a": 1}, serializer=None),
    "list": ReturnList([1], serializer=None),
    "tuple": (1, 2),
    "uuid": UUID(int=7),
    "time": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "precise": datetime(2026, 1, 31, 12, 0, 0, 120000, tzinfo=UTC),
    "large": 2**80,
    "separators": "\u2028\u2029",
}


@given(values)
def test_json_has_the_bytes_of_the_renderer_that_everybody_knows(value):
    assert JSON().render(value) == JSONRenderer().render(value)


@pytest.mark.parametrize("name", LEFTOVERS)
def test_whatever_a_serializer_leaves_behind_is_written_alike(name):
    data = {"value": LEFTOVERS[name], "inside": [LEFTOVERS[name]]}

    assert JSON().render(data) == JSONRenderer().render(data)
    assert json.loads(JSON().render(data))["inside"]


@pytest.mark.parametrize("renderer", [JSON, MessagePack, XML])
def test_no_digit_of_a_decimal_is_lost(renderer):
    assert b"0.20000" in renderer().render({"tax_rate": Decimal("0.20000")})


def test_what_has_no_form_is_an_error_and_no_guess():
    with pytest.raises(TypeError):
        JSON().render({"value": object()})


def test_a_page_gets_it_indented():
    assert JSON().render({"a": [1]}, None, {"indent": 4}) == b'{\n    "a": [\n        1\n    ]\n}'


@pytest.mark.parametrize("renderer", [JSON, MessagePack, XML])
def test_nothing_is_written_as_nothing(renderer):
    assert renderer().render(None) == b""


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts, st.lists))
def test_messagepack_carries_what_json_carries(value):
    assert msgspec.msgpack.decode(MessagePack().render({"value": value})) == {"value": value}


@pytest.mark.parametrize("name", sorted({*LEFTOVERS} - {"large"}))
def test_messagepack_writes_leftovers_as_json_does(name):
    data = {"value": LEFTOVERS[name]}

    assert msgspec.msgpack.decode(MessagePack().render(data)) == json.loads(JSON().render(data))


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1])
def test_an_integer_that_messagepack_cannot_hold_is_a_text(number):
    packed = MessagePack().render({"total": number, "lines": [{"total": number, "quantity": 1}]})

    assert msgspec.msgpack.decode(packed) == {
        "total": str(number),
        "lines": [{"total": str(number), "quantity": 1}],
    }
