"""Every command of the API, given about the same product, order, payment and person."""

from random import choice
from typing import Any
from uuid import uuid4

from chassis.topology import SERVICES
from tests.journeys.visitors import ADDRESS
from tests.postgres.askers import API_KEY, PROGRAM, RECEIVER, OverTheNetwork
from tests.postgres.extremes import Question, operations
from tests.topologies.templates import ADMIN

MY_PASSWORD = ("post", "/v1/users/me/password")
PAY = ("post", "/v1/orders/{id}/pay")
PARCELS = "/v1/orders/{id}/fulfillments"
PARCEL = f"{PARCELS}/{{fulfillment_id}}"
REFUND_AT_PAYMENTS = ("post", "/v1/payments/{payment_id}/refunds")
# What everybody has been told is not told again.
REPLAYS = {("post", f"/v1/services/{service}/announcements/{{id}}/replay") for service in SERVICES}
# After these, most others are refused.
ENDINGS = {
    MY_PASSWORD,
    ("post", "/v1/users/me/erasure"),
    ("post", "/v1/services/users/operations/{id}/cancel"),
    ("delete", "/v1/users/me/addresses/{address_id}"),
    ("post", "/v1/tokens/revoke"),
    ("post", "/v1/orders/{id}/cancel"),
    ("post", f"{PARCEL}/cancel"),
    ("post", "/v1/payments/{payment_id}/cancel"),
    ("post", "/v1/services/orders/operations/{id}/cancel"),
    ("delete", "/v1/products/{id}"),
    ("delete", "/v1/users/me/api-keys/{api_key_id}"),
    ("post", "/v1/clients/{client_id}/deactivate"),
    *(("delete", f"/v1/services/{service}/webhook-endpoints/{{id}}") for service in SERVICES),
}
# Nothing here is in the state for these, or there is nothing that they could be about.
REFUSED = {
    ("post", "/v1/payments/{payment_id}/capture"),
    ("post", "/v1/refunds/{refund_id}/cancel"),
    ("post", "/v1/provider-events/{event_id}/replay"),
    ("post", "/v1/sandbox/payments/{payment_id}/complete"),
    ("post", "/v1/webhooks/sandbox"),
    ("post", "/v1/webhooks/stripe"),
}
PRICES = [{"currency": "GBP", "amount": 1000}, {"currency": "EUR", "amount": 1200}]


def described() -> set[tuple[str, str]]:
    """Every command that the API documents describe, as its method and path."""
    return {(method, path) for method, path, _, _ in operations() if method != "get"}


def commands(by: OverTheNetwork) -> dict[tuple[str, str], Question]:
    """Each of them, with a body that may be accepted, depending on what has happened by then."""
    basket = {"currency": "GBP", "lines": [{"product_id": by.product, "quantity": 1}]}
    payment = {"order_id": by.order, "attempt": 2, "amount": 2000, "currency": "GBP", "provider": "sandbox"}
    somebody = {"email": f"{by.product}@example.com", "password": "a long enough passphrase", "full_name": "Sam"}
    bodies: dict[tuple[str, str], Any] = {
        ("post", "/v1/users"): somebody,
        ("post", "/v1/users/invitations"): {"email": f"{uuid4().hex}@example.com", "roles": ["support"]},
        ("post", "/v1/users/verify-email"): {"token": by.tokens["verify"]},
        ("post", "/v1/users/resend-verification"): {"email": somebody["email"]},
        ("post", "/v1/users/forgot-password"): {"email": somebody["email"]},
        ("post", "/v1/users/reset-password"): {"token": by.tokens["reset"], "password": somebody["password"]},
        ("patch", "/v1/users/me"): {"full_name": uuid4().hex},
        MY_PASSWORD: {"current_password": ADMIN[1], "password": ADMIN[1]},
        ("post", "/v1/users/me/exports"): {},
        ("post", "/v1/users/me/erasure"): {"password": ADMIN[1]},
        ("post", "/v1/services/users/operations/{id}/cancel"): {},
        ("post", "/v1/users/me/addresses"): {**ADDRESS, "is_default_billing": True},
        ("put", "/v1/users/me/addresses/{address_id}"): {**ADDRESS, "is_default_billing": True},
        ("delete", "/v1/users/me/addresses/{address_id}"): None,
        ("patch", "/v1/users/{user_id}"): {"full_name": uuid4().hex},
        ("post", "/v1/users/{user_id}/activate"): {},
        ("post", "/v1/users/{user_id}/deactivate"): {},
        ("put", "/v1/users/{user_id}/roles"): {"roles": [choice(["support", "admin"])]},
        ("post", "/v1/users/me/api-keys"): API_KEY,
        ("post", "/v1/users/me/api-keys/{api_key_id}/rotate"): {},
        ("delete", "/v1/users/me/api-keys/{api_key_id}"): None,
        ("post", "/v1/clients"): PROGRAM,
        ("post", "/v1/clients/{client_id}/deactivate"): {},
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
        ("post", "/v1/orders/{id}/claim"): {"guest_token": uuid4().hex},
        ("post", "/v1/orders/{id}/complete"): {},
        ("post", PARCELS): {"lines": [{"line_id": by.line, "quantity": 1}]},
        ("post", f"{PARCEL}/ship"): {"carrier": "Post"},
        ("post", f"{PARCEL}/deliver"): {},
        ("post", f"{PARCEL}/cancel"): {},
        ("post", "/v1/payments"): payment,
        ("post", "/v1/payments/{payment_id}/cancel"): {},
        ("post", "/v1/payments/{payment_id}/sync"): {},
        REFUND_AT_PAYMENTS: {"refund_request_id": uuid4().hex, "amount": 1, "reason": "r"},
        ("post", "/v1/sandbox/payments/{payment_id}/confirm"): {"payment_method": "sbx_ok"},
        ("post", "/v1/sandbox/clock"): {"advance_seconds": 60},
        **{command: {} for command in REFUSED},
        **{command: {} for command in REPLAYS},
        **{command: body for service in SERVICES for command, body in _about_webhooks(service).items()},
    }
    return {(method, path): Question(method, path, body=body) for (method, path), body in bodies.items()}


def _about_webhooks(service: str) -> dict[tuple[str, str], Any]:
    here = f"/v1/services/{service}"
    return {
        ("post", f"{here}/webhook-endpoints"): RECEIVER,
        ("patch", f"{here}/webhook-endpoints/{{id}}"): {"description": uuid4().hex},
        ("delete", f"{here}/webhook-endpoints/{{id}}"): None,
        ("post", f"{here}/webhook-endpoints/{{id}}/rotate-secret"): {},
        ("post", f"{here}/webhook-endpoints/{{id}}/enable"): {},
        ("post", f"{here}/webhook-endpoints/{{id}}/test"): {},
        ("post", f"{here}/webhook-deliveries/{{id}}/replay"): {},
    }
