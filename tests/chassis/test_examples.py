"""Examples are made from schemas, and so are valid by construction."""

import jsonschema
import pytest

from chassis.documents import PROBLEM
from chassis.examples import example, example_of, id_in
from chassis.problems import InvalidRequest

SCHEMAS = {
    "Order": {
        "type": "object",
        "required": ["id", "lines"],
        "properties": {
            "id": {"type": "string", "pattern": "^ord_"},
            "customer_id": {"type": ["string", "null"], "pattern": "^usr_"},
            "status": {"enum": ["open", "closed"]},
            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
            "links": {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}},
        },
    },
    "Line": {
        "type": "object",
        "properties": {"quantity": {"type": "integer", "minimum": 7}, "note": {"type": "string", "maxLength": 2}},
    },
}


def test_an_example_has_every_member_and_says_what_it_is_about():
    shown = example({"$ref": "#/components/schemas/Order"}, SCHEMAS)

    jsonschema.validate(shown, SCHEMAS["Order"] | {"components": {"schemas": SCHEMAS}})
    assert shown["lines"] == [{"quantity": 7, "note": "no"}]
    assert [*shown["links"]] == ["self"]


@pytest.mark.parametrize("combined", ["allOf", "oneOf"])
def test_the_first_of_several_schemas_is_shown(combined):
    assert example({combined: [{"type": "boolean"}, {"type": "null"}]}, {}) is False


def test_of_members_that_exclude_each_other_the_first_is_shown():
    schema = {
        "type": "object",
        "properties": {name: {"type": "boolean"} for name in ("lines", "amount", "note")},
        "oneOf": [{"required": ["lines"]}, {"required": ["amount"]}],
    }

    shown = example(schema, {})

    jsonschema.validate(shown, schema)
    assert [*shown] == ["lines", "note"]


@pytest.mark.parametrize(
    ("path", "prefix"),
    [("/v2/orders/{id}/pay", "ord"), ("/v1/services/orders/operations/{id}", "opr"), ("/v1/users/{id}", "usr")],
)
def test_an_id_in_a_path_is_of_what_stands_before_it(path, prefix):
    assert id_in(path, "id").startswith(f"{prefix}_")


def test_an_id_is_of_the_kind_that_its_pattern_says():
    assert example({"type": "string", "pattern": "^rfr_[0-9a-z]{26}$"}, {}, "ShownRefund.id").startswith("rfr_")


def test_an_example_of_a_problem_is_one():
    jsonschema.validate(example_of(InvalidRequest), PROBLEM)
