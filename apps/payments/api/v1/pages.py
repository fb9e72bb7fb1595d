"""How version 1 looks in a browser, and what a person can do next."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chassis.callers import Caller
from chassis.pages import Form, Link, Page, Step

CONFIRM_FORM = Form("Confirm payment", title="Pay in the sandbox")
OPEN = {"created", "requires_payment_method"}


def payment_steps(payment: dict[str, Any], caller: Caller) -> Iterator[Step]:
    """Whoever pays confirms it while it is open; staff end it or ask the provider how it is."""
    here = f"/payments/{payment['id']}"
    if payment["status"] in {*OPEN, "processing"}:
        yield Link("Refresh", here)
    yield Link("Refunds", f"{here}/refunds")
    if payment["provider"] == "sandbox" and payment["status"] in OPEN and caller.id == payment["customer_id"]:
        yield replace(CONFIRM_FORM, path=f"/sandbox/payments/{payment['id']}/confirm")
    if payment["status"] in OPEN:
        yield Form("Cancel payment", path=f"{here}/cancel")
    yield Form("Ask the provider", path=f"{here}/sync")


PAYMENT = Page(
    heading="Payment of {order_id}",
    columns=("id", "status", "amount", "order_id", "created_at"),
    steps=payment_steps,
)
CONFIRMATION = Page(heading=PAYMENT.heading, forms={"POST": CONFIRM_FORM}, steps=payment_steps)
REFUND = Page(heading="Refund {id}", columns=("id", "status", "amount", "payment_id", "created_at"))
