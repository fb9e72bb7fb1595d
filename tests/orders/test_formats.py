"""What orders answers in every format: the same, wherever it can be."""

import csv
import io
import json
from xml.etree import ElementTree as ET

import msgspec
import pytest

from tests.chassis.readers import read, said

pytestmark = pytest.mark.django_db

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORMATS = {
    "application/json": "application/json",
    "application/msgpack": "application/msgpack",
    "application/xml": "application/xml; charset=utf-8",
    "text/csv": "text/csv; header=present; charset=utf-8",
    "text/plain": "text/plain; charset=utf-8",
    BROWSER: "text/html; charset=utf-8",
}
EVERYWHERE = {*FORMATS} - {"text/csv", "text/plain"}
OFFERED = {
    "/v1/orders": EVERYWHERE | {"text/csv"},
    "/v1/orders/{order}": EVERYWHERE | {"text/plain"},
    "/v1/orders/{order}/refunds": EVERYWHERE | {"text/csv"},
    "/v1/products": EVERYWHERE | {"text/csv"},
    "/v1/products/{product}": EVERYWHERE,
}
READERS = {
    "application/json": json.loads,
    "application/msgpack": msgspec.msgpack.decode,
    "application/xml": lambda content: read(ET.fromstring(content)),
}


@pytest.fixture
def ask(customer, order, product):
    """Asks for what stands at a route of the order or its product."""

    def asked(route, accept, *, method="get", **headers):
        address = route.format(order=order["id"], product=product.id)
        return getattr(customer, method)(address, headers={"Accept": accept, **headers})

    return asked


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("route", OFFERED)
def test_a_resource_has_the_formats_that_suit_it_and_no_other(ask, route, accept):
    answer = ask(route, accept)

    if accept in OFFERED[route]:
        assert (answer.status_code, answer["Content-Type"]) == (200, FORMATS[accept])
    else:
        assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")
        assert set(answer.json()["available"]) == {*OFFERED[route], "text/html"} - {BROWSER}
    assert "Accept" in answer["Vary"]


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("route", OFFERED)
def test_a_head_has_the_headers_of_its_get(ask, route, accept):
    asked, got = ask(route, accept, method="head"), ask(route, accept)

    assert (asked.status_code, asked["Content-Type"], asked.content) == (got.status_code, got["Content-Type"], b"")


@pytest.mark.parametrize("route", OFFERED)
def test_every_format_for_programs_says_the_same(ask, route):
    as_json, packed, as_xml = (READERS[accept](ask(route, accept).content) for accept in READERS)

    assert packed == as_json
    assert as_xml == said(as_json)


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("route", ["/v1/orders/ord_nothing", "/v1/orders?size=1", "/v1/nothing"])
def test_a_problem_is_one_whatever_was_asked_for(ask, route, accept):
    answer = ask(route, f"{accept}, application/problem+json;q=0.1")

    is_page = accept == BROWSER
    assert answer.status_code in {400, 404}
    assert answer["Content-Type"] == ("text/html; charset=utf-8" if is_page else "application/problem+json")
    assert is_page or answer.json()["status"] == answer.status_code


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv;q=0.9, application/json;q=0.1", "text/csv"),
        ("text/csv;q=0.1, application/json;q=0.9", "application/json"),
        ("text/csv;q=0, */*", "application/json"),
        ("application/json;q=0, application/msgpack;q=0, application/xml;q=0, */*;q=0.1", "text/csv"),
        ("text/*", "text/csv"),
        ("application/problem+json", "application/json"),
    ],
)
def test_a_list_is_written_in_the_format_that_is_liked_best(ask, accept, media_type):
    assert ask("/v1/orders", accept)["Content-Type"].partition(";")[0] == media_type


def test_a_command_is_not_carried_out_for_whoever_could_not_read_its_answer(customer, order, shown):
    answer = customer.post(f"/v1/orders/{order['id']}/cancel", {}, headers={"Accept": "text/csv"})

    assert answer.status_code == 406
    assert shown(order)["status"] == "pending_payment"


def test_a_command_is_answered_in_the_format_that_was_asked_for(customer, order):
    answer = customer.post(f"/v1/orders/{order['id']}/cancel", {}, headers={"Accept": "application/msgpack"})

    assert msgspec.msgpack.decode(answer.content)["status"] == "cancelled"


# CSV


def test_orders_are_rows_with_their_address_in_columns_and_their_lines_in_one(ask, order):
    [row] = rows(ask("/v1/orders", "text/csv"))

    assert (row["id"], row["total"], row["shipping_address.city"]) == (order["id"], str(order["total"]), "Tromsø")
    assert json.loads(row["lines"]) == order["lines"]
    assert row["cancelled_at"] == ""


def test_a_list_without_members_has_the_same_columns(other_customer, ask):
    empty = other_customer.get("/v1/orders", headers={"Accept": "text/csv"}).content
    full = ask("/v1/orders", "text/csv").content

    assert empty.count(b"\r\n") == 1
    assert full.startswith(empty)


def test_who_keeps_the_stock_has_columns_for_it(ask, staff, product):
    columns = [row.keys() for row in rows(staff("catalog").get("/v1/products", headers={"Accept": "text/csv"}))]

    assert {"on_hand", "reserved", "available"} < set(columns[0])
    assert not {"on_hand", "reserved", "available"} & set(rows(ask("/v1/products", "text/csv"))[0])


def test_a_product_cannot_put_a_formula_into_a_spreadsheet(stocked, ask):
    stocked(name='=HYPERLINK("https://evil.example")', description="@SUM(1)")

    row = next(row for row in rows(ask("/v1/products", "text/csv")) if "HYPERLINK" in row["name"])

    assert (row["name"][0], row["description"][0]) == ("'", "'")
