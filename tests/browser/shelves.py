"""What a shop holds before anybody opens its pages: products with stock, and a customer. Made over HTTP."""

from contextlib import contextmanager

from tests.journeys.visitors import ADDRESS, admin, ask
from tests.topologies.running import running

CUSTOMER = ("clara@example.com", "a lantern for the garden")
LANTERN, MUG, BOX = "Paper lantern", "Enamel mug", "Biscuit tin"
# Name, SKU, pence, pieces.
SHELVES = (
    (LANTERN, "LAN-PAPER", 255, 40),
    ("Brass lantern", "LAN-BRASS", 1895, 12),
    (MUG, "MUG-ENAMEL", 425, 60),
    (BOX, "TIN-BISCUIT", 795, 0),
    ("Wool blanket", "BLANKET-WOOL", 4250, 8),
    ("Oak stool", "STOOL-OAK", 6900, 5),
)


@contextmanager
def stocked(shape):
    """A shop of this shape, running, with full shelves and a customer."""
    with running(shape) as shop:
        email, password = CUSTOMER
        person = {"email": email, "password": password, "full_name": "Clara Customer"}
        ask(shop, "POST", "/v1/users", json=person).raise_for_status()
        staff = admin(shop)
        for product in SHELVES:
            _shelve(shop, staff, *product)
        yield shop


def _shelve(shop, staff, name, sku, pence, pieces):
    prices = [{"currency": "GBP", "amount": pence}, {"currency": "EUR", "amount": pence * 6 // 5}]
    made = ask(shop, "POST", "/v1/products", json={"sku": sku, "name": name, "prices": prices}, headers=staff)
    made.raise_for_status()
    if pieces:
        receipt = {"delta": pieces, "reason": "receipt"}
        path = f"/v1/products/{made.json()['id']}/stock-movements"
        ask(shop, "POST", path, json=receipt, headers={**staff, "Idempotency-Key": sku}).raise_for_status()


def product(shop, name):
    """The id of the product of this name."""
    found = ask(shop, "GET", "/v1/products").json()["data"]
    return next(product["id"] for product in found if product["name"] == name)


def customer(shop):
    """The headers of the customer as a program would send them."""
    email, password = CUSTOMER
    grant = ask(shop, "POST", "/v1/tokens", json={"email": email, "password": password}).json()
    return {"Authorization": f"Bearer {grant['access_token']}"}


def order(shop, quantities, *, key):
    """An order that the customer has placed: quantities by the names of products."""
    body = {
        "currency": "GBP",
        "lines": [{"product_id": product(shop, name), "quantity": number} for name, number in quantities.items()],
        "shipping_address": {**ADDRESS, "recipient": "Clara Customer", "line1": "4 Harbour Row"},
    }
    placed = ask(shop, "POST", "/v1/orders", json=body, headers={**customer(shop), "Idempotency-Key": key})
    placed.raise_for_status()
    return placed.json()


def payment(shop, placed):
    """The payment that is now open for an order."""
    headers = {**customer(shop), "Idempotency-Key": f"pay-{placed['id']}"}
    opened = ask(shop, "POST", f"/v1/orders/{placed['id']}/pay", json={}, headers=headers)
    opened.raise_for_status()
    return opened.json()["payment"]


def orders(shop):
    """The customer's orders, newest first."""
    return ask(shop, "GET", "/v1/orders", headers=customer(shop)).json()["data"]
