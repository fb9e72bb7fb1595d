"""Answers in words: what a program compares, and what a person reads."""

import pytest

from chassis.identifiers import new_id
from chassis.values import Reader, Value, label_of

ORDER, PRODUCT = new_id("ord"), new_id("prd")


def read(name, value, **more):
    """The value of one member of the order at whose page we are."""
    (entry,) = [
        entry for entry in Reader(f"/v2/orders/{ORDER}", {}).entries({name: value, **more}) if entry.name == name
    ]
    return entry.value


@pytest.mark.parametrize(
    ("name", "label"),
    [("line1", "Line 1"), ("product_id", "Product ID"), ("sku", "SKU"), ("postal_code", "Postal code")],
)
def test_a_label_is_the_name_of_the_member_in_words(name, label):
    assert label_of(name) == label


def test_an_id_is_a_link_but_not_on_its_own_page():
    assert read("product_id", PRODUCT) == Value("link", PRODUCT, f"/v2/products/{PRODUCT}")
    assert read("id", ORDER) == Value("text", ORDER)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "see https://shop.example/", 'https://shop.example/"x'])
def test_what_only_looks_like_an_address_is_no_link(text):
    assert read("note", text).kind == "text"


def test_an_address_is_a_link():
    assert read("next", "https://shop.example/v1/orders").href == "https://shop.example/v1/orders"


def test_amounts_have_the_currency_of_what_they_are_in():
    lines = [{"unit_price": 255, "quantity": 2, "total": 510}]

    shown = read("lines", lines, currency="GBP").table

    assert [entry.value.text for entry in shown.rows[0]] == ["2.55 GBP", "2", "5.10 GBP"]


def test_a_time_is_a_time_to_programs_too():
    shown = read("placed_at", "2026-01-31T12:00:00.000Z")

    assert shown == Value("time", "31 January 2026, 12:00:00 UTC", "2026-01-31T12:00:00.000Z")


def test_prices_are_one_text():
    assert (
        read("prices", [{"currency": "GBP", "amount": 255}, {"currency": "JPY", "amount": 300}]).text
        == "2.55 GBP, 300 JPY"
    )


def test_what_says_nothing_is_left_out_but_no_and_nought_say_something():
    entries = Reader("/", {}).entries({"note": "", "phone": None, "lines": [], "is_active": False, "delta": 0})

    assert [(entry.name, entry.value.text) for entry in entries] == [("is_active", "no"), ("delta", "0")]


def test_a_member_within_another_has_both_names():
    (city,) = read("shipping_address", {"city": "Whitby"}).entries

    assert (city.name, city.label) == ("shipping_address.city", "City")


def test_a_token_is_cut_short():
    assert read("payer_token", "e" * 900).text == "e" * 24 + "…"


def test_a_row_begins_with_a_link_to_what_it_shows():
    rows = (
        Reader("/v2/products", {})
        .table("Products", [{"id": PRODUCT, "name": "Lantern", "sku": "L-1"}], ("name", "sku"))
        .rows
    )

    assert [entry.value for entry in rows[0]] == [
        Value("link", "Lantern", f"/v2/products/{PRODUCT}"),
        Value("text", "L-1"),
    ]
