"""How headers are described, and which are too long."""

import jsonschema
import pytest
from rest_framework.test import APIRequestFactory

from chassis.headers import IF_MATCH, MAX_HEADER, answered, asked, idempotency_key, refuse_long
from chassis.idempotency import KEY
from chassis.problems import InvalidRequest


@pytest.mark.parametrize("tags", ["*", '"7-ab"', 'W/"7-ab"', '"7-ab", "8-cd"', '""'])
def test_a_condition_names_entity_tags(tags):
    assert jsonschema.Draft202012Validator(IF_MATCH.type).is_valid(tags)


@pytest.mark.parametrize("tags", ["", "7-ab", "**", '"7-ab', '"7-ab",', "x" * (MAX_HEADER + 1)])
def test_a_condition_names_nothing_else(tags):
    assert not jsonschema.Draft202012Validator(IF_MATCH.type).is_valid(tags)


def test_a_key_is_described_by_what_reads_it():
    assert idempotency_key(required=True).type["pattern"] == KEY.pattern
    assert [idempotency_key(required=required).required for required in (True, False)] == [True, False]


def test_a_header_of_a_views_own_is_a_text_of_limited_length():
    assert asked("X-Thing", "What opens a thing").type == {"type": "string", "maxLength": MAX_HEADER}


def test_every_answer_names_its_request():
    assert answered("ETag").keys() >= {"X-Request-ID", "ETag"}


@pytest.mark.parametrize("name", ["HTTP_IF_MATCH", "HTTP_X_THING"])
def test_a_header_that_is_too_long_is_refused(name):
    fits, too_long = (APIRequestFactory().get("/", **{name: "x" * length}) for length in (MAX_HEADER, MAX_HEADER + 1))

    refuse_long(fits, ["If-Match", "X-Thing"])
    with pytest.raises(InvalidRequest):
        refuse_long(too_long, ["If-Match", "X-Thing"])
