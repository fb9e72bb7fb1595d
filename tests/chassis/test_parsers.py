"""What of a body is read, and what is refused."""

import io
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.parsers import MAX_DEPTH, MergePatch, StrictJSON, StructuredCloudEvent
from chassis.problems import InvalidRequest

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def parse(content):
    return StrictJSON().parse(io.BytesIO(content))


@settings(max_examples=50)
@given(values)
def test_whatever_json_can_say_is_read(value):
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")) == value


@given(st.binary())
def test_any_bytes_are_json_or_a_problem_and_never_a_crash(content):
    with suppress(InvalidRequest):
        json.dumps(parse(content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"a=1",
        b'{"a": 1} {"b": 2}',
        b"\xff\xfe{\x00}\x00",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        '{"a": 1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a": 1}',
        b"NaN",
        b"[Infinity]",
        b'{"a": -Infinity}',
        b"[1e999]",
        b"[-1e999]",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5_000,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_not_json_in_utf8_is_refused(content):
    with pytest.raises(InvalidRequest):
        parse(content)


def test_json_may_be_nested_as_deep_as_any_request_needs():
    deepest = b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH

    assert parse(deepest)
    with pytest.raises(InvalidRequest):
        parse(b'{"a": ' + deepest + b"}")


def test_a_refusal_says_what_is_wrong():
    said = {}
    for content in (b'{"a": 1, "a": 2}', b"NaN", b"[" * 100_000, b"\xff", b"{"):
        with pytest.raises(InvalidRequest) as problem:
            parse(content)
        said[content[:1]] = str(problem.value.detail)

    assert len(set(said.values())) == len(said)


def test_each_format_is_read_under_its_own_name():
    assert [parser.media_type for parser in (StrictJSON, MergePatch, StructuredCloudEvent)] == [
        "application/json",
        "application/merge-patch+json",
        "application/cloudevents+json",
    ]
