"""What a list may be asked."""

import django_filters
import pytest
from django.urls import path

from apps.orders.models import Product
from chassis.documents import openapi
from chassis.filters import TextFilter
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.projections import Projection
from chassis.serializers import Representation
from chassis.views import ListView

pytestmark = pytest.mark.django_db


class Shown(Representation):
    projection = Projection(("sku",), lambda rows: [{"sku": row["sku"]} for row in rows])

    class Meta:
        model = Product
        fields = ("sku",)


class Filters(django_filters.FilterSet):
    sku = TextFilter("The whole SKU", max_length=5)
    status = django_filters.ChoiceFilter(choices=Product.Status.choices)
    on_hand = django_filters.NumberFilter()


class Shelf(ListView):
    authentication_classes = ()
    permission_classes = [Anyone]
    methods = {"GET": Method("List", lists=Shown)}
    filterset_class = Filters
    orderings = ("-sku", "sku")

    def get(self, request):
        return self.page(Product.objects.all())

    def post(self, request):
        return self.page(Product.objects.all())


@pytest.fixture
def shelf(mount, api):
    mount(orders=[path("shelf", Shelf.as_view())])
    for sku, status in (("a", "active"), ("b", "draft"), ("c", "active")):
        Product.objects.create(sku=sku, name=sku, status=status)
    return lambda query: api.get(f"/v1/shelf?{query}")


def skus(answer):
    return [shown["sku"] for shown in answer.json()["data"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["c", "b", "a"]),
        ("ordering=sku", ["a", "b", "c"]),
        ("ordering=-sku&limit=1", ["c"]),
        ("status=active", ["c", "a"]),
        ("status=active&sku=a", ["a"]),
        ("status=archived", []),
        ("status=", ["c", "b", "a"]),
    ],
)
def test_a_list_shows_what_was_asked_for_in_the_order_asked_for(shelf, query, found):
    assert skus(shelf(query)) == found


@pytest.mark.parametrize(
    "query",
    [
        "ordering=name",
        "ordering=sku,-sku",
        "ordering=",
        "ordering=?",
        "ordering=on_hand",
        "status=gone",
        "on_hand=many",
        "sku=%00",
        "status=active&status=draft",
        "limit=1&limit=2",
        "ordering=sku&ordering=sku",
    ],
)
def test_what_could_be_meant_in_two_ways_or_in_none_is_refused(shelf, query):
    answer = shelf(query)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_refusal_names_the_orderings_there_are(shelf):
    assert shelf("ordering=name").json()["detail"] == "ordering is one of -sku, sku"


def test_a_wrong_filter_is_pointed_at(shelf):
    assert [error["pointer"] for error in shelf("status=gone").json()["errors"]] == ["/status"]


def test_filters_are_for_reading(shelf, api):
    answer = api.post("/v1/shelf?sku=a", {})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_parameter")


@pytest.mark.parametrize("sku", ["longer", "a%00"])
def test_a_text_that_could_not_be_found_is_refused(shelf, sku):
    assert shelf(f"sku={sku}").status_code == 400


def test_a_text_is_described_with_its_limits(mount):
    mount(orders=[path("shelf", Shelf.as_view(http_method_names=["get"]))])

    parameters = openapi("orders", "v1")["paths"]["/v1/shelf"]["get"]["parameters"]

    (sku,) = [parameter for parameter in parameters if parameter["name"] == "sku"]
    assert (sku["description"], sku["schema"]["maxLength"]) == ("The whole SKU", 5)
