"""`python -m tests.browser.pictures`: the pictures that the README shows, taken of a shop that is made for them."""

import sys
from typing import Literal

from playwright.sync_api import Browser, Page

from deploy.processes import BASE
from tests.browser import shelves, steps
from tests.browser.browsers import browsing, chromium, how_to_get_chromium, window
from tests.journeys.visitors import ask
from tests.topologies.running import Shop
from tests.topologies.shapes import ONE_PROCESS
from tests.topologies.templates import ADMIN

PICTURES = BASE / "docs" / "pictures"
SIZE = {"width": 1280, "height": 800}
ColorScheme = Literal["light", "dark"]
SCHEMES: tuple[ColorScheme, ...] = ("light", "dark")
TAKEN: tuple[tuple[str, ColorScheme], ...] = (
    ("landing", "light"),
    ("products", "light"),
    ("product", "light"),
    ("order", "light"),
    ("landing", "dark"),
    ("order", "dark"),
)
BASKET = {shelves.LANTERN: 2, shelves.MUG: 4}


def main() -> int:
    """0 when all pictures are taken; 1 where there is no browser, with the line that installs it."""
    if chromium() is None:
        print(f"no browser is installed: {how_to_get_chromium()}")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with browsing() as browser, shelves.stocked(ONE_PROCESS) as shop:
        where = addresses(shop)
        with window(browser, shop.url, viewport=SIZE, reduced_motion="reduce") as page:
            steps.open_products(page)
            steps.sign_in(page, *shelves.CUSTOMER)
            for name, color_scheme in TAKEN:
                take(page, where[name], name, color_scheme)
        take_map(browser, shop)
    return 0


def addresses(shop: Shop) -> dict[str, str]:
    """Where each page is, by its name."""
    placed = shelves.order(shop, BASKET, key="pictures")
    return {
        "landing": "/",
        "products": "/v1/products",
        "product": f"/v1/products/{placed['lines'][0]['product_id']}",
        "order": f"/v1/orders/{placed['id']}",
    }


def take_map(browser: Browser, shop: Shop) -> None:
    """The service map, as staff see it once payments were opened and announced."""
    for number in range(12):
        opened = shelves.payment(shop, shelves.order(shop, {shelves.MUG: 1}, key=f"map-{number}"))
        confirm = {"json": {"payment_method": "sbx_ok"}, "headers": shelves.customer(shop)}
        ask(shop, "POST", f"/v1/sandbox/payments/{opened['id']}/confirm", **confirm).raise_for_status()
    shop.settle()
    with window(browser, shop.url, viewport=SIZE, reduced_motion="reduce") as page:
        page.goto("/")
        steps.sign_in(page, *ADMIN)
        for color_scheme in SCHEMES:
            take(page, "/#map", "map", color_scheme)


def take(page: Page, address: str, name: str, color_scheme: ColorScheme) -> None:
    page.emulate_media(color_scheme=color_scheme)
    page.goto(address)
    suffix = "-dark" if color_scheme == "dark" else ""
    page.screenshot(path=PICTURES / f"{name}{suffix}.png")


if __name__ == "__main__":
    sys.exit(main())
