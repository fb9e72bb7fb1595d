"""Exports of orders and imports of the catalogue, as a client follows them."""

import csv
import io
import json
from urllib.parse import urlsplit

import pytest
from django.apps import apps

from apps.orders.models import Product
from chassis.operations import advance
from tests.orders.conftest import ADDRESS

pytestmark = pytest.mark.django_db
TABLE = "sku,name,currency,amount,max_per_order\r\nL-1,Lantern,GBP,255,\r\nL-2,Lamp,GBP,1999,5\r\n"


@pytest.fixture
def place(product):
    def placed(client, **more):
        basket = {"currency": "GBP", "lines": [{"product_id": product.id, "quantity": 1}], "shipping_address": ADDRESS}
        return client.command("/v2/orders", {**basket, **more}).json()

    return placed


def followed(client, begun):
    """The operation at its end, and what came of it."""
    while advance("orders", apps.get_app_config("orders").operations()):
        pass
    operation = client.get(urlsplit(begun["Location"]).path).json()
    result = client.get(urlsplit(operation["result"]).path) if operation["result"] else None
    return operation, result and b"".join(result.streaming_content).decode()


def imported(client, text, **headers):
    return client.post("/v2/products/imports", text, content_type="text/csv", headers=headers)


def test_long_work_is_answered_at_once_with_where_to_follow_it(customer):
    begun = customer.command("/v2/orders/exports", {}, Prefer="respond-async")

    operation = customer.get(urlsplit(begun["Location"]).path)
    assert (begun.status_code, begun["Preference-Applied"], begun["Retry-After"]) == (202, "respond-async", "1")
    assert (operation.json()["status"], operation["Retry-After"]) == ("pending", "1")
    assert begun.json() == operation.json()


def test_an_export_has_a_row_for_each_line_of_ones_own_orders(customer, other_customer, place):
    mine, _ = place(customer), place(other_customer)

    operation, text = followed(customer, customer.command("/v2/orders/exports", {}))

    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["number"], row["total"], row["currency"]) == (mine["number"], "1000", "GBP")
    assert operation["progress"] == {"done": 1, "total": 1}


def test_staff_export_everybodys_orders_and_choose_among_them(customer, support, place):
    cancelled, _ = place(customer), place(customer)
    customer.command(f"/v2/orders/{cancelled['id']}/cancel", {})

    _, text = followed(support, support.command("/v2/orders/exports", {"status": "cancelled"}))

    assert [row["number"] for row in csv.DictReader(io.StringIO(text))] == [cancelled["number"]]


def test_an_export_is_made_in_steps_and_has_each_order_once(customer, place, monkeypatch):
    monkeypatch.setattr("apps.orders.services.exporting.ORDERS_A_STEP", 2)
    numbers = [place(customer)["number"] for _ in range(5)]

    operation, text = followed(customer, customer.command("/v2/orders/exports", {}))

    assert [row["number"] for row in csv.DictReader(io.StringIO(text))] == numbers
    assert operation["progress"] == {"done": 5, "total": 5}


def test_an_export_of_nothing_has_its_columns(customer):
    _, text = followed(customer, customer.command("/v2/orders/exports", {}))

    assert text.startswith("number,placed_at,status")
    assert text.count("\r\n") == 1


def test_nobody_else_sees_an_operation(customer, other_customer):
    where = urlsplit(customer.command("/v2/orders/exports", {})["Location"]).path

    answers = [
        other_customer.get(where),
        other_customer.command(f"{where}/cancel"),
        other_customer.get(f"{where}/result"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert other_customer.get("/v2/services/orders/operations").json()["data"] == []


def test_ones_own_operations_are_listed_as_each_of_them_is_shown(customer):
    begun = customer.command("/v2/orders/exports", {})
    operation, _ = followed(customer, begun)

    assert customer.get("/v2/services/orders/operations").json()["data"] == [operation]


def test_a_result_is_there_only_after_success(customer):
    where = urlsplit(customer.command("/v2/orders/exports", {})["Location"]).path

    early = customer.get(f"{where}/result")
    cancelled = customer.command(f"{where}/cancel", {})
    late = customer.get(f"{where}/result")

    assert [answer.json()["code"] for answer in (early, late)] == ["operation_not_finished"] * 2
    assert (cancelled.json()["status"], late.json()["current_status"]) == ("cancelled", "cancelled")


def test_a_catalogue_is_imported_and_imported_again(catalog):
    first, _ = followed(catalog, imported(catalog, TABLE)), None

    again = followed(catalog, imported(catalog, TABLE.replace("1999", "2999")))

    assert first[1] == '{"refused": [], "created": 2, "updated": 0, "unchanged": 0}'
    assert again[1] == '{"refused": [], "created": 0, "updated": 1, "unchanged": 1}'
    assert Product.objects.get(sku="L-2").price_in == {"GBP": 2999}


def test_rows_that_are_wrong_are_named_and_the_others_done(catalog, monkeypatch):
    monkeypatch.setattr("apps.orders.services.importing.ROWS_A_STEP", 1)
    table = "sku,name,currency,amount\r\nA,Ant,GBP,1\r\nB,Bee,pounds,x\r\n,,GBP,1\r\nD,Dog,EUR,4\r\n"

    _, report = followed(catalog, imported(catalog, table))

    told = json.loads(report)
    assert [(one["line"], sorted(error["pointer"] for error in one["errors"])) for one in told["refused"]] == [
        (3, ["/amount", "/currency"]),
        (4, ["/name", "/sku"]),
    ]
    assert (told["created"], set(Product.objects.values_list("sku", flat=True))) == (2, {"A", "D"})


def test_a_second_currency_is_a_second_price(catalog):
    followed(catalog, imported(catalog, f"{TABLE}L-1,Lantern,EUR,300,\r\n"))

    assert Product.objects.get(sku="L-1").price_in == {"EUR": 300, "GBP": 255}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sku,name\r\n", "missing_column"),
        (TABLE.replace("name,", "name,colour,", 1), "unknown_column"),
        ("", "missing_column"),
    ],
)
def test_a_table_without_our_columns_is_refused_at_once(catalog, text, code):
    answer = imported(catalog, text)

    assert answer.status_code == 400
    assert code in {error["code"] for error in answer.json()["errors"]}


def test_a_table_may_be_larger_than_other_bodies_but_not_endless(catalog, settings):
    large = TABLE + "".join(f"S-{n},A thing with a long name {'x' * 100},GBP,1,\r\n" for n in range(10_000))

    assert len(large) > settings.MAX_BODY_BYTES
    assert imported(catalog, large).status_code == 202
    assert (
        catalog.post("/v2/products/imports", "x", content_type="text/csv", CONTENT_LENGTH=str(2**25)).status_code == 413
    )


def test_only_who_keeps_the_catalogue_imports_one(customer):
    assert imported(customer, TABLE).status_code == 403


def test_the_same_key_begins_one_operation(catalog):
    begun = [imported(catalog, TABLE, **{"Idempotency-Key": "one-import"}) for _ in range(2)]

    assert begun[0].json()["id"] == begun[1].json()["id"]
    assert begun[1]["Idempotent-Replayed"] == "true"
