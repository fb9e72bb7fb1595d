"""Every page that a person opens: for all eyes, for narrow screens, by day and by night, and without a mouse."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import shelves
from tests.proving import rarely

SERIOUS = {"serious", "critical"}
PHONE = {"width": 360, "height": 740}
# The page, by its name here, and what a person does there first.
ACTIONS = {
    "home": ("link", "Products"),
    "products": ("button", "Apply"),
    "product": ("button", "Place order"),
    "order": ("button", "Pay"),
    "payment": ("button", "Confirm payment"),
    "session": ("button", "Sign out"),
}
RARE = ("docs", "problems", "missing", "unknown")
TABS = 80
FOCUS = """() => {
  const style = getComputedStyle(document.activeElement)
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1
}"""


@pytest.fixture(scope="module")
def addresses(shop):
    """Where each page is, by its name."""
    placed = shelves.order(shop, {shelves.LANTERN: 2, shelves.MUG: 1}, key="looks")
    product = f"/v1/products/{placed['lines'][0]['product_id']}"
    return {
        "home": "/",
        "products": "/v1/products",
        "product": product,
        "movements": f"{product}/stock-movements",
        "order": f"/v1/orders/{placed['id']}",
        "payment": f"/v1/payments/{shelves.payment(shop, placed)['id']}",
        "session": "/session",
        "docs": "/docs",
        "problems": "/problems",
        "problem": "/problems/insufficient-stock",
        "missing": "/v1/products/nothing",
        "unknown": "/nothing",
    }


@pytest.mark.parametrize("name", [*ACTIONS, "problem", *rarely(*RARE)])
def test_nothing_serious_is_in_the_way_of_anybody_and_a_phone_is_wide_enough(customer, addresses, name):
    customer.goto(addresses[name])

    assert barriers(customer, "light") == []
    assert barriers(customer, "dark") == []
    customer.set_viewport_size(PHONE)
    assert width(customer) <= PHONE["width"]


def test_nothing_serious_is_in_the_way_of_signing_in(page):
    page.goto("/session")

    assert barriers(page, "light") == []
    assert barriers(page, "dark") == []


def test_nothing_serious_is_in_the_way_of_mending_a_form(customer, addresses):
    customer.goto(addresses["product"])
    customer.get_by_role("button", name="Place order").click()

    assert customer.get_by_role("alert").is_visible()
    assert barriers(customer, "light") == []
    assert barriers(customer, "dark") == []


@pytest.mark.parametrize("name", ["product", *rarely("home", "products", "order", "movements")])
def test_what_only_staff_see_is_in_nobodys_way_and_fits_a_phone(staff, addresses, name):
    staff.set_viewport_size(PHONE)

    staff.goto(addresses[name])

    assert barriers(staff, "light") == []
    assert barriers(staff, "dark") == []
    assert width(staff) <= PHONE["width"]


@pytest.mark.parametrize("name", ["product", "order", *rarely("home", "products", "payment", "session")])
def test_the_keyboard_reaches_what_is_done_first_and_shows_where_it_is(customer, addresses, name):
    customer.goto(addresses[name])
    role, called = ACTIONS[name]
    action = customer.get_by_role(role, name=called).first.element_handle()

    steps = tab_to(customer, action)

    assert steps < TABS
    assert customer.evaluate(FOCUS)


def width(page):
    """How wide the page is, with what sticks out."""
    return page.evaluate("document.documentElement.scrollWidth")


def barriers(page, color_scheme):
    """What axe finds serious or critical: the rule, and the elements. By night nothing but the colours is different."""
    page.emulate_media(color_scheme=color_scheme)
    rules = {"runOnly": ["color-contrast"]} if color_scheme == "dark" else {}
    found = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
    return [
        f"{color_scheme}, {one['id']}: {', '.join(str(node['target']) for node in one['nodes'])}"
        for one in found
        if one["impact"] in SERIOUS
    ]


def tab_to(page, element):
    """How often the Tab key was pressed until the element had the focus."""
    for step in range(TABS):
        if element.evaluate("element => element === document.activeElement"):
            return step
        page.keyboard.press("Tab")
    return TABS
