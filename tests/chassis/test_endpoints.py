"""What every service answers of its own."""

import json

import pytest
from django.db import OperationalError, connections

from chassis.keys import own_key_set
from chassis.topology import SERVICES

each = pytest.mark.parametrize("service", SERVICES)


@each
def test_a_service_publishes_its_keys_to_everybody(api, service):
    answer = api.get(f"/services/{service}/jwks.json")

    assert answer.json() == own_key_set(service)
    assert answer["Cache-Control"] == "public, max-age=10"
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(answer.json()["keys"][0])


@each
@pytest.mark.django_db
def test_a_service_is_ready_when_it_reaches_its_database(api, service):
    assert api.get(f"/services/{service}/readyz").json() == {"service": service, "status": "ready"}


def test_a_service_that_does_not_reach_its_database_is_not_ready(api, monkeypatch):
    def refuse():
        raise OSError("disk on fire")

    monkeypatch.setattr(connections["orders"], "ensure_connection", refuse)

    answer = api.get("/services/orders/readyz")

    assert answer.status_code == 500
    assert b"fire" not in answer.content


@pytest.mark.django_db
def test_a_service_whose_database_is_away_says_so_and_when_to_ask_again(api, monkeypatch):
    def refuse():
        raise OperationalError("nobody answers")

    monkeypatch.setattr(connections["orders"], "ensure_connection", refuse)

    answers = [api.get("/services/orders/readyz"), api.get("/readyz")]

    assert [answer.json()["code"] for answer in answers] == ["dependency_unavailable"] * 2
    assert [(answer.status_code, answer["Retry-After"]) for answer in answers] == [(503, "1")] * 2


@each
def test_a_wrong_token_matters_nothing_where_nobody_is_asked_who_they_are(api, service):
    assert api.get(f"/services/{service}/jwks.json", HTTP_AUTHORIZATION="Bearer x").status_code == 200


# The API document


@each
def test_a_service_describes_its_api(api, service):
    document = json.loads(api.get(f"/openapi/{service}/v1.json").content)

    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == f"Tearline {service}"
    assert document["paths"]
    assert all(address.startswith("/v1/") for address in document["paths"])


@each
@pytest.mark.parametrize(("suffix", "first_byte"), [("json", b"{"), ("yaml", b"o")])
@pytest.mark.parametrize("accept", ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json, */*"])
def test_the_document_is_served_in_the_form_that_its_address_says(api, service, suffix, first_byte, accept):
    answer = api.get(f"/openapi/{service}/v1.{suffix}", HTTP_ACCEPT=accept)

    assert (answer.status_code, answer.content[:1]) == (200, first_byte)
    assert ("json" in answer["Content-Type"]) is (suffix == "json")


@each
def test_every_operation_of_the_document_may_answer_a_problem(api, service):
    document = json.loads(api.get(f"/openapi/{service}/v1.json").content)

    operations = [op for methods in document["paths"].values() for op in methods.values()]
    assert operations
    assert all(op["responses"]["default"] == {"$ref": "#/components/responses/problem"} for op in operations)
    assert [*document["components"]["responses"]["problem"]["content"]] == ["application/problem+json"]
