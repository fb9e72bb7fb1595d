"""Every command of the API, given about the same product, order, payment and person."""

from typing import Any
from uuid import uuid4

from tests.journeys.visitors import ADDRESS
from tests.postgres.askers import Asker
from tests.postgres.extremes import Question, operations

PAY = ("post", "/v1/orders/{id}/pay")
REFUND_AT_PAYMENTS = ("post", "/v1/payments/{payment_id}/refunds")
# After these, most others are refused.
ENDINGS = {
    ("post", "/v1/tokens/revoke"),
    ("post", "/v1/orders/{id}/cancel"),
    ("post", "/v1/payments/{payment_id}/cancel"),
    ("post", "/v1/services/orders/operations/{id}/cancel"),
    ("delete", "/v1/products/{id}"),
}
PRICES = [{"currency": "GBP", "amount": 1000}, {"currency": "EUR", "amount": 1200}]


def described() -> set[tuple[str, str]]:
    """Every command that the API documents describe, as its method and path."""
    return {(method, path) for method, path, _, _ in operations() if method != "get"}


def commands(by: Asker) -> dict[tuple[str, str], Question]:
    """Each of them, with a body that may be accepted, depending on what has happened by then."""
    basket = {"currency": "GBP", "lines": [{"product_id": by.product, "quantity": 1}]}
    payment = {"order_id": by.order, "attempt": 2, "amount": 2000, "currency": "GBP", "provider": "sandbox"}
    somebody = {"email": f"{by.product}@example.com", "password": "a long enough passphrase", "full_name": "Sam"}
    bodies: dict[tuple[str, str], Any] = {
        ("post", "/v1/users"): somebody,
        ("patch", "/v1/users/me"): {"full_name": uuid4().hex},
        ("post", "/v1/tokens"): {"email": somebody["email"], "password": somebody["password"]},
        ("post", "/v1/tokens/refresh"): {"refresh_token": by.refresh_token},
        ("post", "/v1/tokens/revoke"): {"refresh_token": by.refresh_token},
        ("post", "/v1/products"): {"sku": f"S-{by.product}", "name": "S", "prices": PRICES},
        ("patch", "/v1/products/{id}"): {"name": uuid4().hex},
        ("delete", "/v1/products/{id}"): None,
        ("put", "/v1/products/{id}/prices"): {"prices": PRICES},
        ("post", "/v1/products/imports"): f"sku,name,currency,amount\r\nT-{by.product},T,GBP,1\r\n",
        ("post", "/v1/products/{id}/stock-movements"): {"delta": 1, "reason": "receipt"},
        ("post", "/v1/quotes"): basket,
        ("post", "/v1/orders"): {**basket, "shipping_address": ADDRESS},
        ("post", "/v1/orders/exports"): {},
        ("post", "/v1/services/orders/operations/{id}/cancel"): {},
        PAY: {},
        ("post", "/v1/orders/{id}/cancel"): {},
        ("post", "/v1/orders/{id}/refunds"): {"amount": 1},
        ("post", "/v1/payments"): payment,
        ("post", "/v1/payments/{payment_id}/cancel"): {},
        ("post", "/v1/payments/{payment_id}/sync"): {},
        REFUND_AT_PAYMENTS: {"refund_request_id": uuid4().hex, "amount": 1, "reason": "r"},
        ("post", "/v1/sandbox/payments/{payment_id}/confirm"): {"payment_method": "sbx_ok"},
    }
    return {(method, path): Question(method, path, body=body) for (method, path), body in bodies.items()}
