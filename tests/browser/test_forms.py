"""Forms: a mistake is shown where it was made, nothing is done twice, and staff keep the shelves with them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import shelves
from tests.browser.steps import field, open_product, press, write, write_order


@pytest.fixture
def customer(customer):
    """At the products."""
    customer.goto("/v1/products")
    return customer


@pytest.fixture
def staff(staff):
    """At the products."""
    staff.goto("/v1/products")
    return staff


def test_a_mistake_is_shown_beside_its_field_and_what_was_typed_is_kept(customer):
    open_product(customer, shelves.LANTERN)
    write_order(customer, quantity=0)

    press(customer, "Place order")

    quantity = customer.get_by_label("Quantity", exact=True)
    expect(quantity).to_have_attribute("aria-invalid", "true")
    expect(quantity).to_have_accessible_description(re.compile("at least 1|greater than or equal to 1"))
    expect(quantity).to_have_value("0")
    expect(customer.get_by_label("City", exact=True)).to_have_value("Whitby")


def test_place_order_pressed_twice_makes_one_order(customer, shop):
    before = len(shelves.orders(shop))
    open_product(customer, shelves.MUG)
    write_order(customer, quantity=1)

    customer.get_by_role("button", name="Place order").dblclick()
    expect(field(customer, "status")).to_have_text("pending_payment")

    assert len(shelves.orders(shop)) == before + 1


def test_an_order_that_is_loaded_again_is_not_placed_again(customer, shop):
    before = len(shelves.orders(shop))
    open_product(customer, shelves.MUG)
    write_order(customer, quantity=1)
    press(customer, "Place order")
    expect(field(customer, "status")).to_have_text("pending_payment")

    customer.reload()

    expect(field(customer, "status")).to_have_text("pending_payment")
    assert len(shelves.orders(shop)) == before + 1


def test_staff_put_a_new_product_on_the_shelf(staff):
    write(staff, {"SKU": "KETTLE-1", "Name": "Copper kettle", "Currency": "GBP", "Amount": 3900})
    press(staff, "Create product")
    expect(staff.get_by_role("heading", level=1)).to_contain_text("Copper kettle")

    write(staff, {"Delta": 7, "Reason": "receipt"})
    press(staff, "Book stock movement")

    expect(field(staff, "on_hand_after")).to_have_text("7")


def test_a_wrong_password_is_told_and_the_address_is_kept(page):
    page.goto("/session")
    page.get_by_label("E-mail").fill(shelves.CUSTOMER[0])
    page.get_by_label("Password").fill("something else entirely")

    press(page, "Sign in")

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(shelves.CUSTOMER[0])
