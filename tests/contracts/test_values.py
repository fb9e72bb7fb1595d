"""What breaks about a value, held against a validator: what is not called a break must not be one."""

from itertools import product

import pytest
from jsonschema import Draft202012Validator

from tests.contracts.schemas import Schema
from tests.contracts.values import breaks

NODE = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/node"}}}
DOCUMENT = {"$defs": {"name": {"type": "string", "maxLength": 2}, "node": NODE}}
NAMED = {"type": "object", "properties": {"a": {"type": "string"}}}

SCHEMAS = [
    {},
    {"type": "string"},
    {"type": "string", "maxLength": 2},
    {"type": "string", "minLength": 2},
    {"type": "string", "pattern": "^a"},
    {"type": "string", "enum": ["a", "b"]},
    {"type": "string", "enum": ["a", "abc"]},
    {"const": "a"},
    {"$ref": "#/$defs/name"},
    {"type": ["string", "null"], "maxLength": 2},
    {"type": ["string", "null"], "enum": ["a", None]},
    {"oneOf": [{"$ref": "#/$defs/name"}, {"type": "null"}]},
    {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    {"type": "null"},
    {"type": "boolean"},
    {"type": "number"},
    {"type": "integer"},
    {"type": "integer", "minimum": 1, "maximum": 5},
    {"type": "integer", "exclusiveMinimum": 1},
    {"type": "array", "items": {"type": "string"}},
    {"type": "array", "items": {"$ref": "#/$defs/name"}, "maxItems": 1},
    {"type": "array"},
    {"type": "object"},
    NAMED,
    {**NAMED, "required": ["a"]},
    {**NAMED, "additionalProperties": False},
    {**NAMED, "additionalProperties": {"type": "string"}},
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
        "additionalProperties": False,
    },
    {"allOf": [NAMED, {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]}]},
    {"$ref": "#/$defs/node"},
    {"type": "string", "not": {"const": "a"}},
]
VALUES = [
    *(None, True, 0, 1, 3, 9, 1.5, "", "a", "b", "ab", "abc"),
    *(
        [],
        ["a"],
        ["abc"],
        ["a", "b"],
        [1],
        {},
        {"a": "a"},
        {"a": 1},
        {"b": "b"},
        {"a": "a", "b": "b"},
        {"a": 1, "b": "b"},
    ),
    *({"c": 1}, {"a": "a", "c": "c"}, {"next": {"name": "a"}}, {"next": {"name": 1}}, {"name": 1}),
]


def broken(old, new, *, is_sent):
    return [*breaks(Schema(old, DOCUMENT), Schema(new, DOCUMENT), is_sent=is_sent)]


def allowed(schema):
    validator = Draft202012Validator({**DOCUMENT, **schema})
    return {number for number, value in enumerate(VALUES) if validator.is_valid(value)}


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent", "answered"])
def test_whatever_is_not_called_a_break_is_none(is_sent):
    for old, new in product(SCHEMAS, SCHEMAS):
        given, taken = (old, new) if is_sent else (new, old)

        lost = allowed(given) - allowed(taken)

        assert not lost or broken(old, new, is_sent=is_sent), (old, new)


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_what_stays_as_it_is_breaks_nothing(schema):
    assert broken(schema, schema, is_sent=True) == broken(schema, schema, is_sent=False) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"type": ["string", "null"], "maxLength": 2},
            {"oneOf": [{"type": "string", "maxLength": 2}, {"type": "null"}]},
        ),
        ({"type": "string", "maxLength": 2}, {"allOf": [{"$ref": "#/$defs/name"}], "description": "A name"}),
        ({"const": "a", "type": "string"}, {"enum": ["a"]}),
        ({"type": "string"}, {"type": "string", "title": "A", "description": "B", "examples": ["c"], "x-d": 1}),
        ({"type": ["integer", "null"]}, {"anyOf": [{"type": "null"}, {"type": "integer"}]}),
    ],
    ids=str,
)
def test_what_is_said_in_other_words_breaks_nothing(one, other):
    found = [broken(*pair, is_sent=is_sent) for pair in ((one, other), (other, one)) for is_sent in (True, False)]

    assert found == [[]] * 4


@pytest.mark.parametrize(
    ("old", "new", "sent", "answered"),
    [
        ({"type": "string"}, {"type": "string", "maxLength": 5}, ["maxLength is 5 now, was not there"], []),
        ({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 9}, [], ["maxLength is 9 now, was 5"]),
        ({"type": "integer"}, {"type": "number"}, [], ["is number now, was integer"]),
        ({"type": "string"}, {"type": ["string", "null"]}, [], ["is null now, was string"]),
        ({"type": "string"}, {"type": "string", "format": "uuid"}, ["format is uuid now, was not there"], []),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, ["no longer takes 'b'"], []),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, [], ["may be 'b' now"]),
        (
            {"type": "integer", "default": 1},
            {"type": "integer", "default": 2},
            ["is 2 now where it is not sent, was 1"],
            [],
        ),
    ],
    ids=str,
)
def test_a_request_may_only_become_wider_and_an_answer_only_narrower(old, new, sent, answered):
    assert [what for _, what in broken(old, new, is_sent=True)] == sent
    assert [what for _, what in broken(old, new, is_sent=False)] == answered


def test_a_member_is_named_with_the_way_to_it():
    def order(quantity):
        line = {"type": "object", "properties": {"quantity": quantity}}
        return {"type": "object", "properties": {"lines": {"type": "array", "items": line}}}

    found = broken(order({"type": "integer"}), order({"type": "string"}), is_sent=False)

    assert found == [("lines[].quantity", "is string now, was integer")]
