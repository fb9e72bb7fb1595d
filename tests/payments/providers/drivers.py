"""What a test does at a provider: it pays, lets days pass, loses answers, and takes out what the provider sends."""

from typing import Protocol

from django.db.transaction import atomic

from apps.payments.models import Payment, SandboxIntent, SandboxWebhook
from apps.payments.problems import ProviderUnavailable
from apps.payments.providers.sandbox import Sandbox, bring_nearer, settle, signed
from apps.payments.providers.sandbox.books import give_back_outside, locked

A_MONTH = 30 * 24 * 3600
# How a payer pays: what happens at once is that money is taken (or set aside, where it is captured by hand), a decline,
# a question of who is paying, or nothing for days. The last two are paid at once; it is their refunds that differ.
METHODS = ("ok", "declined", "3ds", "processing_ok", "processing_fail", "refund_pending", "refund_fails_later")


class Driver(Protocol):
    """One provider, from the side that payments does not see. Payments are named by our ids."""

    name: str

    def pay_with(self, payment_id: str, method: str) -> None:
        """Have whoever pays pay at the provider, with one of METHODS. Payments hears nothing of it by this."""

    def authenticate(self, payment_id: str, *, is_authenticated: bool) -> None:
        """End 3-D Secure."""

    def let_days_pass(self) -> None:
        """Let come what is on its way: payments that are processed, refunds that are pending or will fail."""

    def refund_outside(self, payment_id: str, amount: int) -> None:
        """Give money back without payments."""

    def time_out(self, command: str, *, is_done: bool) -> None:
        """Let the next `create`, `capture` or `refund` time out, done or not. The one after it is answered."""

    def take_webhooks(self) -> list[tuple[dict[str, str], bytes]]:
        """What the provider has sent since, oldest first: headers and body of each. It sends none of it again."""

    def charges(self, payment_id: str) -> list[int]:
        """The money that was taken for a payment: an amount for each time."""

    def given_back(self, payment_id: str) -> int:
        """The money that went back."""


class SandboxDriver:
    name = "sandbox"

    def __init__(self, monkeypatch):
        self._monkeypatch = monkeypatch

    def pay_with(self, payment_id, method):
        Sandbox().confirm(_reference(payment_id), f"sbx_{method}")

    def authenticate(self, payment_id, *, is_authenticated):
        Sandbox().complete(_reference(payment_id), is_authenticated=is_authenticated)

    def let_days_pass(self):
        bring_nearer(A_MONTH)
        while settle("test"):
            pass

    def refund_outside(self, payment_id, amount):
        with atomic(using="payments"):
            give_back_outside(locked(_reference(payment_id)), amount)

    def time_out(self, command, *, is_done):
        real = getattr(Sandbox, command)

        def once(*args, **named):
            self._monkeypatch.setattr(Sandbox, command, real)
            if is_done:
                real(*args, **named)
            raise ProviderUnavailable(outcome_unknown=True)

        self._monkeypatch.setattr(Sandbox, command, once)

    def take_webhooks(self):
        waiting = list(SandboxWebhook.objects.waiting().order_by("pk"))
        for webhook in waiting:
            webhook.finish()
        return [signed(webhook) for webhook in waiting]

    def charges(self, payment_id):
        intents = SandboxIntent.objects.filter(payment_id=payment_id, captured__gt=0)
        return list(intents.values_list("captured", flat=True))

    def given_back(self, payment_id):
        return sum(SandboxIntent.objects.filter(payment_id=payment_id).values_list("refunded", flat=True))


def _reference(payment_id):
    return Payment.objects.get(pk=payment_id).provider_reference
