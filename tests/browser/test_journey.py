"""A person buys with the mouse: in one process, and through the gateway without any script in the pages."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import shelves
from tests.browser.browsers import window
from tests.browser.steps import field, open_product, open_products, press, search, see, sign_in, write, write_order
from tests.topologies.shapes import THREE_PROCESSES

VARIANTS = [
    pytest.param(("shop", True), id="one-process"),
    pytest.param(("split_shop", False), id="gateway-and-no-scripts"),
]


@pytest.fixture
def split_shop():
    with shelves.stocked(THREE_PROCESSES) as shop:
        yield shop


@pytest.fixture(params=VARIANTS)
def page(browser, request):
    shop, scripts = request.param
    with window(browser, request.getfixturevalue(shop).url, java_script_enabled=scripts) as page:
        yield page


def test_a_person_buys_and_cancels_with_the_mouse(page):
    open_products(page)
    sign_in(page, *shelves.CUSTOMER)
    search(page, "lantern")
    expect(page.get_by_role("link", name=shelves.MUG)).to_have_count(0)
    open_product(page, shelves.LANTERN)

    number = places_an_order(page)
    pays(page)

    page.get_by_role("link", name=re.compile("^ord_")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    see(page, status="confirmed", payment_status="paid")
    press(page, "Cancel order")
    see(page, status="cancelled", payment_status="refunded")


def places_an_order(page):
    """The number of the order that the page now shows."""
    write_order(page, quantity=2)
    press(page, "Place order")
    expect(field(page, "status")).to_have_text("pending_payment")
    number = field(page, "number").inner_text().strip()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    return number


def pays(page):
    press(page, "Pay")
    page.get_by_role("link", name=re.compile("^pay_")).first.click()
    write(page, {"Payment method": "sbx_ok"})
    press(page, "Confirm payment")
    expect(field(page, "status")).to_have_text("succeeded")
