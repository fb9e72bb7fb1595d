"""Examples are made from schemas, and so are valid by construction."""

import jsonschema
import pytest

from chassis.documents import PROBLEM
from chassis.examples import example, example_of
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


def test_an_example_of_a_problem_is_one():
    jsonschema.validate(example_of(InvalidRequest), PROBLEM)
