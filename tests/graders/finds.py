"""A shop in which every operation finds something: products in stock, orders in several states, payments, an export."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

from tests.topologies.running import Shop
from tests.topologies.templates import ADMIN

PASSWORD = "korrekt-Pferd-Batterie"
CUSTOMER, NEIGHBOUR = ("customer@example.com", PASSWORD), ("neighbour@example.com", PASSWORD)
ACCOUNTS = {"admin": ADMIN, "customer": CUSTOMER, "neighbour": NEIGHBOUR}
ADDRESS = {"recipient": "Zoë Ørsted", "line1": "1 Low Row", "city": "York", "country": "GB"}
CURRENCY = "EUR"  # that of the examples in the descriptions


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks; `token` says who."""

    url: str
    token: str = ""

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What it answers. Raises requests.HTTPError where it is refused."""
        headers = {"Idempotency-Key": str(uuid4()), **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        answer = requests.post(self.url + path, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def signed_in(self, email: str, password: str) -> "Visitor":
        token = self.post("/v1/tokens", {"email": email, "password": password})["access_token"]
        return Visitor(self.url, token)


def stocked(shop: Shop) -> dict[str, dict[str, str]]:
    """Fill the shop; returns for each account ids by their prefix, of what is theirs and of what is for sale."""
    nobody = Visitor(shop.url)
    for email, password in (CUSTOMER, NEIGHBOUR):
        nobody.post("/v1/users", {"email": email, "password": password, "full_name": "Cleo Customer"})
    buyers = {name: nobody.signed_in(*account) for name, account in ACCOUNTS.items()}
    products = [_product(buyers["admin"], number) for number in range(10)]
    found = {name: [products[0], *_belongings(buyer, products[0])] for name, buyer in buyers.items()}
    shop.settle()
    return {name: {id.partition("_")[0]: id for id in ids} for name, ids in found.items()}


def _product(admin: Visitor, number: int) -> str:
    body = {"sku": f"LANTERN-{number}", "name": "Paper lantern", "status": "active"}
    product = admin.post("/v2/products", {**body, "prices": [{"currency": CURRENCY, "amount": 255}]})["id"]
    admin.post(f"/v2/products/{product}/stock-movements", {"delta": 1_000_000, "reason": "receipt"})
    return str(product)


def _belongings(buyer: Visitor, product: str) -> tuple[str, ...]:
    """What somebody has: an order that is paid, its line, a payment that is open, an export."""
    body = {"currency": CURRENCY, "lines": [{"product_id": product, "quantity": 2}], "shipping_address": ADDRESS}
    paid, open_one = (buyer.post("/v2/orders", body) for _ in range(2))
    payment, open_payment = (_payment(buyer, order["id"]) for order in (paid, open_one))
    buyer.post(f"/v1/sandbox/payments/{payment}/confirm", {"payment_method": "sbx_ok"})
    return paid["id"], paid["lines"][0]["id"], open_payment, buyer.post("/v2/orders/exports", {})["id"]


def _payment(buyer: Visitor, order: str) -> str:
    return str(buyer.post(f"/v2/orders/{order}/pay", {})["payment"]["id"])
