"""What the API document says of every operation."""

import jsonschema
import pytest
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from chassis.documents import PROBLEM, openapi
from chassis.headers import ENDING, EVERYWHERE
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.problems import Problem, body
from chassis.views import View


class Shown(serializers.Serializer):
    name = serializers.CharField()
    version = serializers.IntegerField()


def view(kind, **authentication):
    class Things(View):
        """Things."""

        reads_headers = {"X-Thing-Token": "What opens a thing"}
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


def test_an_id_in_a_path_has_the_form_of_one(document):
    id = parameters(document["paths"]["/v1/required/{id}"]["get"])["id"]

    assert (id["in"], id["required"]) == ("path", True)
    jsonschema.validate(id["example"], id["schema"])
    assert not jsonschema.Draft202012Validator(id["schema"]).is_valid("7")


def test_a_key_is_described_as_it_is_read(document):
    described = parameters(document["paths"]["/v1/required/{id}"]["post"])["Idempotency-Key"]["schema"]
    fits = jsonschema.Draft202012Validator(described).is_valid

    assert [fits(key) for key in ("k", '"k"', "k" * 255)] == [True] * 3
    assert [fits(key) for key in ("", '""', "ключ", "k" * 256)] == [False] * 4


def test_headers_of_a_views_own_are_described(document):
    token = parameters(document["paths"]["/v1/required/{id}"]["get"])["X-Thing-Token"]

    assert (token["in"], token["description"], token.get("required", False)) == ("header", "What opens a thing", False)


def test_a_resource_is_the_tag_of_its_operations_and_described_once(document):
    tags = {operation["tags"][0] for path in document["paths"].values() for operation in path.values()}

    assert tags == {"required", "accepted", "natural"}
    assert {tag["name"] for tag in document["tags"]} == tags
    assert all(tag["description"] for tag in document["tags"])


@pytest.mark.parametrize(
    ("kind", "method", "status", "named"),
    [
        ("natural", "get", "200", {"ETag"}),
        ("natural", "get", "304", {"ETag"}),
        ("natural", "post", "201", {"Location", "ETag"}),
        ("required", "post", "201", {"Location", "ETag", "Idempotent-Replayed"}),
        ("required", "post", "401", {"WWW-Authenticate"}),
        ("required", "post", "503", {"Retry-After"}),
    ],
)
def test_an_answer_is_described_with_its_headers(document, kind, method, status, named):
    answer = document["paths"][f"/v1/{kind}/{{id}}"][method]["responses"][status]
    shared = document["components"]["responses"].get(answer.get("$ref", "").rpartition("/")[2], answer)

    assert set(shared["headers"]) - {*EVERYWHERE, *ENDING} == named


def test_both_ways_to_prove_who_one_is_are_described(document):
    schemes = document["components"]["securitySchemes"]

    assert schemes["bearer"].items() >= {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}.items()
    assert schemes["cookie"].items() >= {"type": "apiKey", "in": "cookie", "name": "access_token"}.items()
    assert all(scheme["description"] for scheme in schemes.values())


def test_a_described_problem_has_the_members_of_a_real_one():
    told = body(Problem("x", errors=[]), "/v1/things")

    assert set(PROBLEM["required"]) <= set(told)
    assert set(told) <= set(PROBLEM["properties"])
