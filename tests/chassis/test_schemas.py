"""What the API document says of every operation."""

import pytest
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from chassis.endpoints import openapi
from chassis.permissions import Anyone
from chassis.problems import Problem, body
from chassis.schemas import PROBLEM
from chassis.views import View


class Shown(serializers.Serializer):
    name = serializers.CharField()


def view(kind, **authentication):
    class Things(View):
        permission_classes = [Anyone]
        serializer_class = Shown
        idempotency = kind

        @extend_schema(operation_id=f"{kind}_read", responses=Shown)
        def get(self, request, id):
            return Response({})

        @extend_schema(operation_id=f"{kind}_create", request=Shown, responses={201: Shown})
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
