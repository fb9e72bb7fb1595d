"""How version 1 looks in a browser, and what a person can do next."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chassis.callers import Caller
from chassis.pages import Form, Link, Page, Step

CONFIRM_FORM = Form("Confirm payment", title="Pay in the sandbox")
COMPLETE_FORM = Form("Prove who is paying", title="3-D Secure in the sandbox")
PAYABLE = {"created", "requires_payment_method", "requires_action"}
OPEN = {*PAYABLE, "processing", "authorized"}


def payment_steps(payment: dict[str, Any], caller: Caller) -> Iterator[Step]:
    """Whoever pays confirms it while it is open; staff end it or ask the provider how it is."""
    here = f"/payments/{payment['id']}"
    if payment["status"] in OPEN:
        yield Link("Refresh", here)
    yield Link("Refunds", f"{here}/refunds")
    if payment["provider"] == "sandbox" and caller.id == payment["customer_id"]:
        yield from _sandbox_steps(payment)
    if payment["status"] == "authorized":
        yield Form("Capture payment", path=f"{here}/capture")
    if payment["status"] in {*PAYABLE, "authorized"}:
        yield Form("Cancel payment", path=f"{here}/cancel")
    yield Form("Ask the provider", path=f"{here}/sync")


def _sandbox_steps(payment: dict[str, Any]) -> Iterator[Step]:
    there = f"/sandbox/payments/{payment['id']}"
    if payment["status"] in PAYABLE:
        yield replace(CONFIRM_FORM, path=f"{there}/confirm")
    if payment["status"] == "requires_action":
        yield replace(COMPLETE_FORM, path=f"{there}/complete")


PAYMENT = Page(
    heading="Payment of {order_id}",
    columns=("id", "status", "amount", "order_id", "created_at"),
    steps=payment_steps,
)
CONFIRMATION = Page(heading=PAYMENT.heading, forms={"POST": CONFIRM_FORM}, steps=payment_steps)
COMPLETION = Page(heading=PAYMENT.heading, forms={"POST": COMPLETE_FORM}, steps=payment_steps)
REFUND = Page(heading="Refund {id}", columns=("id", "status", "amount", "payment_id", "created_at"))
PROVIDER_EVENT = Page(heading="{type}", columns=("id", "provider", "type", "status", "failures", "created_at"))
