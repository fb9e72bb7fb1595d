"""A browser for the tests of this folder, the shops that it visits, and the people at it.

Playwright keeps an event loop running in the thread that started it, and Django refuses to reach a database from there.
So the browser belongs to this package and ends with its last test: no test of another folder meets the loop, and those
of this folder speak to a shop over HTTP alone.
"""

import pytest

from tests.browser import shelves
from tests.browser.browsers import browsing, chromium, how_to_get_chromium, window
from tests.browser.steps import sign_in
from tests.topologies.shapes import ONE_PROCESS
from tests.topologies.templates import ADMIN


@pytest.fixture(scope="package")
def browser():
    if chromium() is None:
        pytest.skip(f"no browser is installed: {how_to_get_chromium()}")
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="package")
def shop(browser):
    """A shop in one process, with full shelves and a customer; the tests of this folder share it."""
    with shelves.stocked(ONE_PROCESS) as shop:
        yield shop


@pytest.fixture(scope="package")
def cookies(browser, shop):
    """What a browser keeps of the customer, and of a member of staff, who have signed in."""
    return {person: signed_in(browser, shop, person) for person in (shelves.CUSTOMER, ADMIN)}


@pytest.fixture
def page(browser, shop):
    """An empty window of somebody who is not signed in."""
    with window(browser, shop.url) as page:
        yield page


@pytest.fixture
def customer(browser, shop, cookies):
    """The window of the customer."""
    with window(browser, shop.url, storage_state=cookies[shelves.CUSTOMER]) as page:
        yield page


@pytest.fixture
def staff(browser, shop, cookies):
    """The window of a member of staff."""
    with window(browser, shop.url, storage_state=cookies[ADMIN]) as page:
        yield page


def signed_in(browser, shop, person):
    with window(browser, shop.url) as page:
        page.goto("/")
        sign_in(page, *person)
        return page.context.storage_state()
