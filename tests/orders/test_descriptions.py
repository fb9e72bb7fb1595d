"""How orders describes its API."""

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from chassis.documents import openapi

pytestmark = pytest.mark.django_db


@pytest.fixture
def document():
    GENERATOR_STATS.reset()
    return openapi("orders", "v1")


def test_the_description_is_complete_and_valid(document):
    validate_schema(document)

    assert not GENERATOR_STATS


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/orders/{id}/pay", "/v1/orders/{id}/refunds"])
def test_the_description_says_where_a_key_is_needed(document, path):
    parameters = {parameter["name"]: parameter for parameter in document["paths"][path]["post"]["parameters"]}

    assert parameters["Idempotency-Key"]["required"]


def test_the_description_says_how_paying_ends(document):
    assert {"200", "201", "202"} <= set(document["paths"]["/v1/orders/{id}/pay"]["post"]["responses"])


@pytest.mark.parametrize("name", ["json", "yaml"])
def test_anyone_reads_the_description(guest, name):
    assert guest.get(f"/openapi/orders/v1.{name}").status_code == 200
