"""What REST framework as it comes answers with a crash or takes without a word, asked of a real resource."""

import json

import pytest

from tests.rest.staff import CUP, as_person

pytestmark = pytest.mark.django_db

HALF = "\ud800"


@pytest.fixture
def admin(api):
    return as_person(api)


def written(api, text):
    """The answer to this text, and how many products there are then."""
    answer = api.generic("POST", "/v1/products", text, "application/json")
    return answer.status_code, len(api.get("/v1/products").json()["data"])


@pytest.mark.parametrize("member", ["name", "sku", "description"])
def test_half_a_character_is_refused_wherever_text_is_written(admin, member):
    assert written(admin, json.dumps({**CUP, member: HALF})) == (400, 0)


def test_half_a_character_is_refused_as_a_choice_too(admin):
    assert written(admin, json.dumps({**CUP, "status": HALF})) == (400, 0)


def test_a_name_that_stands_twice_is_refused(admin):
    text = json.dumps(CUP)[:-1] + ', "sku": "OTHER"}'

    assert written(admin, text) == (400, 0)


@pytest.mark.parametrize("limit", ["9223372036854775808", "1000000000", "0", "-1", "abc", "１"])
def test_a_limit_beyond_every_integer_is_refused(api, limit):
    answer = api.get("/v1/products", {"limit": limit})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("name", ["limit", "ordering", "sku", "in_stock"])
def test_a_parameter_that_is_given_twice_is_refused(api, name):
    answer = api.get(f"/v1/products?{name}=1&{name}=1")

    assert answer.status_code == 400
    assert name in answer.json()["detail"]


@pytest.mark.parametrize("body", ["", "{}", "null", "[]"])
def test_no_body_is_refused_where_one_is_required(admin, body):
    assert written(admin, body) == (400, 0)
