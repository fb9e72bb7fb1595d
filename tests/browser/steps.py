"""What a person does in the pages: presses what is named so, and types where a label says what belongs there."""

import re
import time

from playwright.sync_api import expect

SOON_SECONDS = 20
ADDRESS = {
    "Recipient": "Clara Customer",
    "Line 1": "4 Harbour Row",
    "City": "Whitby",
    "Postal code": "YO21 3PU",
    "Country": "GB",
}


def sign_in(page, email, password):
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(email).first).to_be_visible()


def open_products(page):
    page.goto("/")
    page.get_by_role("link", name=re.compile("products", re.IGNORECASE)).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("product", re.IGNORECASE))


def search(page, words):
    page.get_by_label("Search").fill(words)
    page.get_by_role("button", name="Apply").click()


def open_product(page, name):
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def write(form, fields):
    """Fill in the fields with these labels; where there is a choice, choose."""
    for label, value in fields.items():
        field = form.get_by_label(label, exact=True)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(str(value))


def write_order(page, quantity, currency="GBP"):
    write(page, {"Quantity": quantity, "Currency": currency, **ADDRESS})


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def field(page, name):
    """What the page shows of a field of its resource."""
    return page.locator(f'[data-field="{name}"]').first


def see(page, **fields):
    """Wait, reloading as a person would, until the page shows these."""
    deadline = time.monotonic() + SOON_SECONDS
    while (shown := {name: field(page, name).inner_text().strip() for name in fields}) != fields:
        assert time.monotonic() < deadline, f"shows {shown}, not {fields}"
        page.wait_for_timeout(200)
        page.reload()
