"""What the API document says of every operation."""

import pytest
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from chassis.documents import PROBLEM, openapi
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.problems import Problem, body
from chassis.views import View


class Shown(serializers.Serializer):
    name = serializers.CharField()


def view(kind, **authentication):
    class Things(View):
        permission_classes = [Anyone]
        idempotency = kind
        methods = {"GET": Method("Read", shows={200: Shown}), "POST": Method("Make", reads=Shown, shows={201: Shown})}

        def get(self, request, id):
            return Response({})

        def post(self, request, id):
            return Response({})

    return Things.as_view()


@pytest.fixture
def document(mount):
    kinds = ("required", "accepted", "natural")
    mount(orders=[path(f"{kind}/<id>", view(kind), name=kind) for kind in kinds])
    return openapi("orders", "v1")


def parameters(operation):
    return {parameter["name"]: parameter for parameter in operation["parameters"]}


@pytest.mark.parametrize(("kind", "required"), [("required", True), ("accepted", False)])
def test_an_idempotency_key_is_described_where_it_is_read(document, kind, required):
    key = parameters(document["paths"][f"/v1/{kind}/{{id}}"]["post"])["Idempotency-Key"]

    assert (key["in"], key.get("required", False)) == ("header", required)


def test_it_is_not_described_where_it_is_not_read(document):
    natural = document["paths"]["/v1/natural/{id}"]

    assert "Idempotency-Key" not in parameters(natural["post"])
    assert "Idempotency-Key" not in parameters(document["paths"]["/v1/required/{id}"]["get"])


def test_an_id_in_a_path_is_text(document):
    assert parameters(document["paths"]["/v1/required/{id}"]["get"])["id"] == {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "maxLength": 64},
    }


def test_both_ways_to_prove_who_one_is_are_described(document):
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "access_token"},
    }


def test_a_described_problem_has_the_members_of_a_real_one():
    told = body(Problem("x", errors=[]), "/v1/things")

    assert set(PROBLEM["required"]) <= set(told)
    assert set(told) <= set(PROBLEM["properties"])
