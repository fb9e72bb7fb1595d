"""What is told of no limit gets one; what is told keeps its own."""

import pytest

from chassis.limits import limit


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, {"maxLength": 20_000}),
        ({"type": "string", "maxLength": 5}, {"maxLength": 5}),
        ({"type": ["string", "null"], "format": "date-time"}, {"maxLength": 30}),
        ({"type": "array"}, {"maxItems": 10_000}),
        ({"type": "integer", "minimum": 1}, {"format": "int64", "minimum": 1, "maximum": 2**63 - 1}),
        ({"type": "string", "enum": ["open"]}, {}),
        ({"type": "boolean"}, {}),
    ],
    ids=str,
)
def test_a_limit_is_told_where_no_narrower_one_is(schema, expected):
    told = {**schema}

    limit(told)

    assert told == schema | expected


def test_what_is_inside_is_limited_too():
    schema = {"properties": {"names": {"type": "array", "maxItems": 3, "items": {"type": "string"}}}}

    limit([schema])

    assert schema["properties"]["names"]["items"]["maxLength"] == 20_000
