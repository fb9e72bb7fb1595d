"""What whoever pays does in the sandbox, what happens there by itself, and the news that it sends."""

from collections.abc import Callable

import requests

from apps.payments.models import Payment, SandboxWebhook
from apps.payments.problems import PaymentDeclined
from apps.payments.providers import Intent
from apps.payments.providers.sandbox import Sandbox, bring_nearer, release, settle, signed
from apps.payments.services.questions import ask
from chassis.topology import topology
from chassis.transports import InProcess

Status = Payment.Status
PATH = "/v1/webhooks/sandbox"
# What was paid is not paid again; who did not hear so is told.
UNDER_WAY = {Status.PROCESSING, Status.AUTHORIZED, Status.SUCCEEDED}


def confirm_sandbox_payment(*, payment_id: str, payment_method: str) -> Payment:
    """The payment as it stands when it was paid so.

    Raises PaymentDeclined (402) if the method was chosen to be, and it stays open for another, InvalidState where it
    cannot be paid, and ProviderUnavailable (503) where the method is one that times out.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.status in UNDER_WAY:
        return payment
    payment.require("confirm")
    return _paid(payment, lambda: Sandbox().confirm(payment.provider_reference, payment_method))


def complete_sandbox_payment(*, payment_id: str, is_authenticated: bool) -> Payment:
    """The payment after its 3-D Secure. Raises PaymentDeclined (402) if that failed, InvalidState if there was none."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.status in UNDER_WAY:
        return payment
    payment.require("complete")
    return _paid(payment, lambda: Sandbox().complete(payment.provider_reference, is_authenticated=is_authenticated))


def move_sandbox_clock(*, seconds: int) -> int:
    """How much happens in the sandbox because its clock is moved on, by this or by a worker that is quicker."""
    due = bring_nearer(seconds)
    settle_sandbox("clock")
    return due


def settle_sandbox(worker: str) -> int:
    """Let happen in the sandbox what is due; returns how much that was."""
    return settle(worker)


def send_sandbox_webhooks(worker: str) -> int:
    """Deliver the sandbox's news that is due, as if over a socket; returns how many were taken."""
    taken = SandboxWebhook.objects.due().lease(worker)
    for webhook in taken:
        status = _deliver(*signed(webhook))
        if status == requests.codes.ok:
            webhook.finish()
        else:
            webhook.try_later(f"It was answered with {status}")
    return len(taken)


def _paid(payment: Payment, act: Callable[[], Intent]) -> Payment:
    tries, status = payment.tries, payment.status
    try:
        payment = ask(payment, lambda _: act())
    finally:
        release(payment.provider_reference)
    is_new = payment.tries > tries or payment.status != status
    if payment.status == Status.REQUIRES_PAYMENT_METHOD and payment.last_error and is_new:
        raise PaymentDeclined(payment.last_error["message"], decline_code=payment.last_error["decline_code"])
    if payment.status in {Status.CANCELLED, Status.FAILED}:
        raise payment.refusal("confirm")
    return payment


def _deliver(headers: dict[str, str], body: bytes) -> int:
    """In the service's own URL space, whatever the topology: the sandbox lives with payments."""
    url = f"{topology().public_url}{PATH}"
    request = requests.Request("POST", url, headers=headers, data=body).prepare()
    return InProcess("payments").send(request).status_code
