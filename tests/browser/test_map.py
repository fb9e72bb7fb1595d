"""The service map as staff look at it: with and without a script, with a mouse and with a keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import shelves
from tests.browser.browsers import window
from tests.topologies.templates import ADMIN

FRESH_MS = 20_000
OPACITY = "arrow => parseFloat(getComputedStyle(arrow).opacity)"


@pytest.fixture(scope="module")
def paid(shop):
    """A payment that was opened, so that a call was seen."""
    return shelves.payment(shop, shelves.order(shop, {shelves.MUG: 1}, key="map"))


def cell(page, column):
    """A cell of the row that tells of opened payments."""
    return page.locator("tr", has_text=re.compile(r"POST /v1/payments(?!/)")).first.locator("td").nth(column)


@pytest.mark.usefixtures("paid")
def test_staff_see_who_calls_whom(staff):
    staff.goto("/")

    expect(staff.get_by_role("heading", name="Service map")).to_be_visible()
    expect(staff.locator(".arrow.in_process.of-orders.of-payments").first).to_be_visible()
    expect(cell(staff, 1)).to_have_text("in process")


def test_the_map_is_no_business_of_customers(customer):
    customer.goto("/")

    expect(customer.get_by_role("heading", name="Service map")).to_have_count(0)
    expect(customer.locator("script")).to_have_count(0)


@pytest.mark.usefixtures("paid")
def test_the_map_keeps_itself_fresh(staff, shop):
    staff.goto("/")
    before = int(cell(staff, 2).inner_text())

    shelves.payment(shop, shelves.order(shop, {shelves.MUG: 1}, key="map-fresh"))

    expect(cell(staff, 2)).to_have_text(str(before + 1), timeout=FRESH_MS)


@pytest.mark.usefixtures("paid")
def test_who_reads_can_keep_it_as_it_is(staff):
    staff.goto("/")
    staff.get_by_role("button", name="Keep it as it is").click()
    staff.evaluate("document.querySelector('[data-live]').dataset.old = 'yes'")

    staff.wait_for_timeout(4000)

    expect(staff.locator("[data-live][data-old]")).to_have_count(1)
    expect(staff.get_by_role("button", name="Keep it fresh")).to_be_visible()


@pytest.mark.usefixtures("paid")
def test_without_a_script_the_map_says_the_same(browser, shop, cookies):
    with window(browser, shop.url, storage_state=cookies[ADMIN], java_script_enabled=False) as page:
        page.goto("/")

        expect(page.locator("svg.drawing")).to_be_visible()
        expect(cell(page, 1)).to_have_text("in process")
        expect(page.get_by_text("Ready to split")).to_be_visible()


@pytest.mark.parametrize("reach", ["hover", "focus"])
def test_who_points_at_a_service_sees_its_calls_before_the_others(staff, reach):
    staff.emulate_media(reduced_motion="reduce")
    staff.goto("/")
    staff.keyboard.press("Tab")

    getattr(staff.locator(".box-users"), reach)()

    others = staff.locator(".arrow:not(.of-users)").evaluate_all(f"arrows => arrows.map({OPACITY})")
    own = staff.locator(".arrow.of-users").evaluate_all(f"arrows => arrows.map({OPACITY})")
    assert (len(own), len(others)) == (4, 2)
    assert max(others) < min(own) == 1


def test_nothing_moves_for_whoever_wants_no_motion(staff):
    staff.emulate_media(reduced_motion="reduce")
    staff.goto("/")

    moving = staff.locator(".arrow").evaluate_all("all => all.map(one => getComputedStyle(one).transitionDuration)")

    assert {*moving} == {"0s"}
