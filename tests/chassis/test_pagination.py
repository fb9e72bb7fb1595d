"""Pages by position: a walk meets every row that was there all along exactly once, whatever happens meanwhile."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import django_filters
import pytest
from django.db import connections
from django.urls import path
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.orders.models import Product
from chassis import signing
from chassis.identifiers import new_id
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.projections import Projection
from chassis.serializers import Representation
from chassis.views import ListView

pytestmark = pytest.mark.django_db


FIELDS = ("id", "sku", "name", "on_hand")


class Shown(Representation):
    projection = Projection(FIELDS, lambda rows: [{name: row[name] for name in FIELDS} for row in rows])

    class Meta:
        model = Product
        fields = FIELDS


class Filters(django_filters.FilterSet):
    status = django_filters.CharFilter()
    sku = django_filters.CharFilter()


class Shelf(ListView):
    authentication_classes = ()
    permission_classes = [Anyone]
    methods = {"GET": Method("List", lists=Shown)}
    filterset_class = Filters
    orderings = ("name", "-name", "created_at", "-on_hand")

    def get(self, request):
        return self.page(Product.objects.all())


@pytest.fixture
def shelf(mount, api):
    """Reads the list at an address: `shelf(limit=2, ordering="name")`, or `shelf(page["next"])`."""
    mount(orders=[path("shelf", Shelf.as_view()), path("other", Shelf.as_view())])

    def read(address="/v1/shelf", **query):
        return api.get(f"{address}?{urlencode(query)}" if query else address)

    return read


def stock(*names, **more):
    Product.objects.bulk_create(Product(sku=f"{name}-{n}", name=name, **more) for n, name in enumerate(names))


def skus(page):
    return [shown["sku"] for shown in page["data"]]


def walk(read, address, direction="next"):
    """Every page from there on."""
    while address:
        page = read(address).json()
        yield page
        address = page[direction]


def cursor_of(address):
    return dict(parse_qsl(urlsplit(address).query))["cursor"]


# Walks


names = st.sampled_from("aab")
changes = st.lists(st.tuples(st.sampled_from(["add", "remove"]), names, st.integers(0, 30)), max_size=4)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    there=st.lists(names, max_size=12),
    meanwhile=st.lists(changes, max_size=6),
    limit=st.integers(1, 5),
    ordering=st.sampled_from(Shelf.orderings),
)
def test_a_walk_shows_every_row_that_was_there_all_along_exactly_once(shelf, there, meanwhile, limit, ordering):
    Product.objects.all().delete()
    stock(*there)
    constant, seen, steps = set(Product.objects.values_list("sku", flat=True)), [], iter(meanwhile)

    for page in walk(shelf, f"/v1/shelf?limit={limit}&ordering={ordering}"):
        seen += skus(page)
        assert len(page["data"]) <= limit
        for change, name, which in next(steps, []):
            _change(change, name, which)
        constant &= set(Product.objects.values_list("sku", flat=True))

    assert len(seen) == len(set(seen))
    assert constant <= set(seen)


def _change(change, name, which):
    if change == "add":
        Product.objects.create(sku=new_id("sku"), name=name)
    elif (row := Product.objects.order_by("sku")[which : which + 1].first()) is not None:
        row.delete()


@pytest.mark.parametrize("ordering", Shelf.orderings)
def test_a_walk_is_in_order_and_the_walk_back_is_the_same_one_backwards(shelf, ordering):
    stock(*"cabbabca")
    field = ordering.lstrip("-")
    expected = [row.sku for row in Product.objects.order_by(ordering, f"{'-' * (field != ordering)}pk")]

    there = list(walk(shelf, f"/v1/shelf?limit=3&ordering={ordering}"))
    back = list(walk(shelf, there[-1]["previous"], "previous"))

    assert [sku for page in there for sku in skus(page)] == expected
    assert [skus(page) for page in back] == [skus(page) for page in reversed(there[:-1])]
    assert (there[0]["previous"], there[-1]["next"], back[-1]["previous"]) == (None, None, None)


def test_times_that_differ_by_a_microsecond_are_told_apart(shelf):
    stock("a", "b", "c")
    now = timezone.now()
    for position, product in enumerate(Product.objects.order_by("sku")):
        Product.objects.filter(pk=product.pk).update(created_at=now + timedelta(microseconds=position))

    pages = list(walk(shelf, "/v1/shelf?limit=1&ordering=created_at"))

    assert [skus(page) for page in pages] == [["a-0"], ["b-1"], ["c-2"]]


def test_a_list_of_nothing_is_one_page(shelf):
    assert shelf().json() == {"data": [], "next": None, "previous": None}


def test_a_list_that_fills_its_last_page_has_no_page_after_it(shelf):
    stock("a", "b")

    assert shelf(limit=2).json()["next"] is None


def test_a_page_whose_rows_are_all_gone_is_empty(shelf):
    stock("a", "b", "c")
    following = shelf(limit=1).json()["next"]
    Product.objects.all().delete()

    assert shelf(following).json()["data"] == []


def test_the_last_page_costs_what_the_first_one_does(shelf, django_assert_num_queries):
    stock(*"abcdefghij")
    addresses = ["/v1/shelf?limit=3", *(page["next"] for page in walk(shelf, "/v1/shelf?limit=3"))]

    for address in filter(None, addresses):
        with django_assert_num_queries(1, connection=connections["orders"]):
            shelf(address)


# Links


def test_links_are_public_and_keep_what_was_asked(shelf, settings):
    stock(*"abc", status="active")

    page = shelf(limit=1, status="active", ordering="-name")
    following = page.json()["next"]

    asked = dict(parse_qsl(urlsplit(following).query))
    assert following.startswith(f"{settings.TOPOLOGY.public_url}/v1/shelf?")
    assert {**asked, "cursor": ""} == {"limit": "1", "status": "active", "ordering": "-name", "cursor": ""}
    assert page["Link"].startswith(f'<{following}>; rel="next"')


def test_a_walk_may_go_on_with_larger_steps(shelf):
    stock(*"abcde")
    cursor = cursor_of(shelf(limit=1).json()["next"])

    assert len(shelf(limit=50, cursor=cursor).json()["data"]) == 4


@pytest.mark.parametrize("limit", [1, 100])
def test_a_page_has_as_many_rows_as_asked(shelf, limit):
    stock(*"a" * 101)

    assert len(shelf(limit=limit).json()["data"]) == limit
    assert len(shelf().json()["data"]) == 20


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "", "ten", "१", "1e1", "00001", "9" * 3000])
def test_a_limit_is_a_whole_number_up_to_a_hundred(shelf, limit):
    answer = shelf(limit=limit)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


# Cursors


@pytest.mark.parametrize("cursor", ["", "x", "a:b", "W1tdXQ:abc", "é", "\x00", "x" * 3000])
def test_a_forged_cursor_is_refused(shelf, cursor):
    assert shelf(cursor=cursor).status_code == 400


def test_a_cursor_with_a_letter_changed_is_refused(shelf):
    stock(*"abc")
    cursor = cursor_of(shelf(limit=1).json()["next"])
    forged = ("A" if cursor[0] != "A" else "B") + cursor[1:]

    assert shelf(limit=1, cursor=forged).status_code == 400
    assert shelf(limit=1, cursor=cursor).status_code == 200


def test_a_cursor_that_another_service_signed_is_refused(shelf):
    forged = signing.sign("payments", [False, ["a", "prd_1"]], purpose="cursor:/v1/shelf?")

    assert shelf(cursor=forged).status_code == 400


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/v1/other", {}),
        ("/v1/shelf", {"ordering": "-name"}),
        ("/v1/shelf", {"status": "active"}),
        ("/v1/shelf", {"sku": "a-0"}),
    ],
)
def test_a_cursor_is_good_for_the_list_it_came_from_alone(shelf, address, query):
    stock(*"abc")
    cursor = cursor_of(shelf(limit=1).json()["next"])

    answer = shelf(address, limit=1, cursor=cursor, **query)

    assert (answer.status_code, answer.json()["detail"]) == (400, "The cursor is not one of this list's")


def test_a_cursor_given_twice_is_refused(shelf):
    stock(*"abc")
    following = shelf(limit=1).json()["next"]

    assert shelf(f"{following}&cursor={cursor_of(following)}").status_code == 400
