"""A body is described with the limits that are checked when it is read."""

import jsonschema
import pytest
from django.urls import path

from apps.orders.models import Product
from chassis.documents import openapi
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.serializers import Change, Code, Representation, Strict, Text
from chassis.views import View


class Line(Strict):
    name = Text(max_length=5)


class Body(Strict):
    exactly_one = ("lines", "delta")
    lines = Line(many=True, required=False, allow_empty=False, max_length=2)
    delta = Change(required=False)
    note = Text(max_length=5, allow_blank=True, required=False)
    country = Code("[A-Z]{2}", longest=2, required=False)


class Shown(Representation):
    class Meta:
        model = Product
        fields = ("id", "sku")


class Things(View):
    """Things."""

    permission_classes = [Anyone]
    methods = {"POST": Method("Make", reads=Body, shows={201: Shown})}

    def post(self, request):
        return self.show(Product(**self.read()), status=201)


@pytest.fixture
def document(mount):
    mount(orders=[path("things", Things.as_view())])
    return openapi("orders", "v1")


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ({"delta": 1}, True),
        ({"delta": 0}, False),
        ({"delta": 1, "note": ""}, True),
        ({"delta": 1, "note": "\x00"}, False),
        ({"delta": 1, "country": "DE"}, True),
        ({"delta": 1, "country": "DEU"}, False),
        ({"lines": [{"name": "a"}]}, True),
        ({"lines": [{"name": " "}]}, False),
        ({"lines": [{"name": "\x1f"}]}, False),
        ({"lines": [{"name": "\x01"}]}, True),
        ({"lines": []}, False),
        ({"lines": [{"name": "a"}] * 3}, False),
        ({"lines": [{"name": "a"}], "delta": 1}, False),
        ({}, False),
    ],
    ids=str,
)
def test_the_description_lets_pass_what_is_read_and_nothing_else(document, body, fits):
    described = {"$ref": "#/components/schemas/BodyRequest", "components": document["components"]}

    assert jsonschema.Draft202012Validator(described).is_valid(body) is fits
    assert Body(data=body).is_valid() is fits


def test_a_body_is_required_if_something_of_it_is(document):
    assert document["paths"]["/v1/things"]["post"]["requestBody"]["required"]


def test_an_id_says_what_it_is_of(document):
    assert document["components"]["schemas"]["Shown"]["properties"]["id"]["pattern"].startswith("^prd_")
