"""Inputs are drawn from the serializer that reads the body: there is no second declaration."""

import pytest
from rest_framework import serializers

from chassis.inputs import MINOR_UNITS, Drawing, filter_inputs
from chassis.pages import Form
from chassis.serializers import Amount, Integer, Strict, Text


class Line(Strict):
    product_id = Text(max_length=30)
    quantity = Integer(min_value=1)


class Address(Strict):
    line1 = Text(max_length=200)
    phone = Text(allow_null=True, default=None)


class Body(Strict):
    kind = serializers.ChoiceField(["gift", "plain"])
    lines = Line(many=True)
    address = Address()
    note = Text(max_length=500, allow_blank=True, default="")
    is_urgent = serializers.BooleanField(default=False)
    limit = Amount(required=False)
    password = Text(required=False)
    id = Text(read_only=True)


def draw(values=None, errors=None, **form):
    """Every input by its name, those within others too."""
    return dict(_flat(Drawing(Form("Send", **form), errors or {}).inputs(Body(), values or {})))


def _flat(inputs):
    for one in inputs:
        yield one.name, one
        yield from _flat(one.parts)


def test_each_member_that_can_be_written_has_an_input():
    drawn = draw()

    assert {name: one.kind for name, one in drawn.items() if "." not in name} == {
        "kind": "select",
        "lines": "group",
        "address": "group",
        "note": "textarea",
        "is_urgent": "select",
        "limit": "text",
        "password": "text",
    }


def test_what_must_be_given_is_required():
    drawn = draw()

    assert (drawn["kind"].is_required, drawn["note"].is_required, drawn["address.line1"].is_required) == (
        True,
        False,
        True,
    )


def test_a_list_has_a_spare_row_of_which_nothing_is_required():
    drawn = draw({"lines": [{"product_id": "prd_1", "quantity": 2}]})

    assert (drawn["lines.0.quantity"].value, drawn["lines.0.quantity"].is_required) == ("2", True)
    assert (drawn["lines.1.quantity"].label, drawn["lines.1.quantity"].is_required) == ("Quantity 2", False)


def test_a_form_that_cannot_grow_has_the_rows_that_it_begins_with():
    drawn = draw({"lines": [{"quantity": 2}]}, can_grow=False)

    assert [name for name in drawn if name.startswith("lines.")] == ["lines.0.product_id", "lines.0.quantity"]


def test_a_form_asks_for_its_members_alone_and_in_its_order():
    drawn = draw(members=("note", "kind"))

    assert list(drawn) == ["note", "kind"]


def test_what_is_known_already_is_sent_hidden():
    drawn = draw({"lines": [{"product_id": "prd_1"}]}, hidden=frozenset({"lines.0.product_id"}))

    assert (drawn["lines.0.product_id"].kind, drawn["lines.0.product_id"].value) == ("hidden", "prd_1")


def test_a_choice_that_is_required_and_made_has_no_blank():
    assert draw()["kind"].options[0] == ("", "—")
    assert draw({"kind": "gift"})["kind"].options == [("gift", "gift"), ("plain", "plain")]


def test_a_form_can_narrow_what_is_chosen_from():
    drawn = draw(choices={"note": ["GBP", "EUR"]})

    assert (drawn["note"].kind, list(drawn["note"].options)[1:]) == ("select", [("GBP", "GBP"), ("EUR", "EUR")])


def test_an_error_stands_at_its_input():
    drawn = draw(errors={"lines.0.quantity": "Too few", "address": "Required"})

    assert (drawn["lines.0.quantity"].error, drawn["address"].error) == ("Too few", "Required")


def test_a_password_is_never_written_into_a_page():
    drawn = draw({"password": "a lantern for the garden"})

    assert (drawn["password"].value, drawn["password"].attributes["type"]) == ("", "password")


def test_browsers_are_told_what_belongs_where():
    drawn = draw()

    assert drawn["address.line1"].attributes == {"maxlength": "200", "autocomplete": "address-line1"}
    assert drawn["lines.0.quantity"].attributes["inputmode"] == "numeric"
    assert drawn["limit"].hint == MINOR_UNITS


@pytest.mark.parametrize("values", [{"lines": "x", "address": 7}, {"lines": [3]}, [], "x"])
def test_a_body_of_another_shape_is_drawn_without_its_values(values):
    assert draw(values)["lines.0.quantity"].value == ""


def test_a_list_without_filters_asks_only_for_its_order():
    class Listed:
        orderings = ("-created_at", "name")

    (ordering,) = filter_inputs(Listed(), {"ordering": "name"})

    assert (ordering.label, ordering.value) == ("Sorted by", "name")
    assert ordering.options == [("-created_at", "Created at, descending"), ("name", "Name")]


def test_nothing_is_required_within_what_may_be_left_out():
    class Refund(Strict):
        lines = Line(many=True, required=False)
        address = Address(required=False)

    drawn = dict(_flat(Drawing(Form("Refund")).inputs(Refund(), {})))

    assert [name for name, one in drawn.items() if one.is_required] == []
