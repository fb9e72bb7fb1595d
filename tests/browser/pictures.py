"""`python -m tests.browser.pictures`: the pictures that the README shows, taken of a shop that is made for them."""

import sys
from typing import Literal

from playwright.sync_api import Page

from deploy.processes import BASE
from tests.browser import shelves, steps
from tests.browser.browsers import browsing, chromium, how_to_get_chromium, window
from tests.topologies.running import Shop
from tests.topologies.shapes import ONE_PROCESS

PICTURES = BASE / "docs" / "pictures"
SIZE = {"width": 1280, "height": 800}
ColorScheme = Literal["light", "dark"]
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


def take(page: Page, address: str, name: str, color_scheme: ColorScheme) -> None:
    page.emulate_media(color_scheme=color_scheme)
    page.goto(address)
    suffix = "-dark" if color_scheme == "dark" else ""
    page.screenshot(path=PICTURES / f"{name}{suffix}.png")


if __name__ == "__main__":
    sys.exit(main())
