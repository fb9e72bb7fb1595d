"""Collects real money, through Stripe's own SDK.

The SDK takes most of a second to load, so only `calls` and `webhooks` import it, and they are imported when Stripe is
first asked or heard: a process that has no business with Stripe never pays for it.
"""

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from apps.payments.models import Payment
from apps.payments.providers.base import Declined, Intent, ProviderNews, RefundOutcome
from apps.payments.providers.stripe.currencies import require_payable, to_stripe
from apps.payments.providers.stripe.readings import read_intent, read_refund

if TYPE_CHECKING:
    from apps.payments.providers.stripe.calls import Line

logger = logging.getLogger("tearline")
LIVE = ("sk_live_", "rk_live_")
# Stripe answers so when somebody was quicker: how the intent stands now is then the answer.
OVERTAKEN = {"payment_intent_unexpected_state", "charge_already_captured", "charge_expired_for_capture"}


class Stripe:
    """Stripe, as whoever owns `secret_key` sees it; `webhook_secrets` are several while one replaces another."""

    name = "stripe"

    def __init__(
        self, *, secret_key: str, publishable_key: str = "", webhook_secrets: tuple[str, ...] = (), api_base: str = ""
    ) -> None:
        self.publishable_key = publishable_key
        self.livemode = secret_key.startswith(LIVE)
        self._secret_key, self._webhook_secrets, self._api_base = secret_key, webhook_secrets, api_base

    def require_payable(self, amount: int, currency: str) -> None:
        require_payable(amount, currency)

    def create(self, payment: Payment, *, idempotency_key: str) -> Intent:
        # What is sent with one key never differs, or Stripe refuses it: nothing of the request belongs in here.
        wanted = {
            "amount": to_stripe(payment.amount, payment.currency),
            "currency": payment.currency.lower(),
            "capture_method": payment.capture_method,
            "metadata": {"payment_id": payment.id, "order_id": payment.order_id},
        }
        once = {"idempotency_key": idempotency_key}
        return self._line.command(lambda it: self._stands(it, it.v1.payment_intents.create(wanted, once)))

    def retrieve(self, reference: str) -> Intent:
        return self._line.ask(lambda it: self._stands(it, it.v1.payment_intents.retrieve(reference)))

    def find(self, payment: Payment) -> Intent | None:
        # Stripe's search lags behind by about a minute, in what it finds and in what that says; keys last a day.
        def found(it: Any) -> Intent | None:
            known = it.v1.payment_intents.search({"query": f"metadata['payment_id']:'{payment.id}'"}).data
            if len(known) > 1:
                logger.error("stripe has %s more than once: %s", payment.id, [one.id for one in known])
            return self._stands(it, it.v1.payment_intents.retrieve(known[-1].id)) if known else None

        return self._line.ask(found)

    def capture(self, reference: str, amount: int, *, idempotency_key: str) -> Intent:
        def taken(it: Any) -> Intent:
            currency = it.v1.payment_intents.retrieve(reference).currency
            wanted = {"amount_to_capture": to_stripe(amount, currency.upper())}
            once = {"idempotency_key": idempotency_key}
            return self._stands(it, it.v1.payment_intents.capture(reference, wanted, once))

        try:
            return self._line.command(taken)
        except Declined as refusal:
            if refusal.reason.code not in OVERTAKEN:
                raise
        return self.retrieve(reference)

    def cancel(self, reference: str, *, idempotency_key: str) -> Intent:
        once = {"idempotency_key": idempotency_key}
        try:
            return self._line.command(lambda it: self._stands(it, it.v1.payment_intents.cancel(reference, {}, once)))
        except Declined:
            return self.retrieve(reference)

    def refund(self, reference: str, amount: int, *, refund_id: str, idempotency_key: str) -> RefundOutcome:
        def given_back(it: Any) -> RefundOutcome:
            # Stripe forgets keys after a day, and would then give the money back again: what is there is looked for.
            known = next((one for one in _refunds(it, reference) if one.refund_id == refund_id), None)
            return known or self._give_back(it, reference, amount, refund_id, idempotency_key)

        return self._line.command(given_back)

    def refunds(self, reference: str) -> list[RefundOutcome]:
        return self._line.ask(lambda it: _refunds(it, reference))

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> ProviderNews:
        from apps.payments.providers.stripe.webhooks import read_webhook

        signature = headers.get("Stripe-Signature", "")
        return read_webhook(body, signature, secrets=self._webhook_secrets, livemode=self.livemode)

    @cached_property
    def _line(self) -> "Line":
        from apps.payments.providers.stripe.calls import Line

        return Line(self._secret_key, self._api_base)

    def _stands(self, it: Any, found: Any) -> Intent:
        """How the intent stands now. A repeated command is answered as it was the first time: then it is asked for."""
        if is_repeated(found):
            found = it.v1.payment_intents.retrieve(found.id)
        charges = it.v1.charges.list({"payment_intent": found.id, "limit": 100}).data if found.latest_charge else []
        return read_intent(found.to_dict(), [charge.to_dict() for charge in charges])

    def _give_back(self, it: Any, reference: str, amount: int, refund_id: str, idempotency_key: str) -> RefundOutcome:
        currency = it.v1.payment_intents.retrieve(reference).currency
        wanted = {
            "payment_intent": reference,
            "amount": to_stripe(amount, currency.upper()),
            "metadata": {"refund_id": refund_id},
        }
        made = it.v1.refunds.create(wanted, {"idempotency_key": idempotency_key})
        return read_refund((it.v1.refunds.retrieve(made.id) if is_repeated(made) else made).to_dict())


def is_repeated(answer: Any) -> bool:
    """Whether it is the answer that the first command with this key was given, once more."""
    return str(answer.last_response.headers.get("Idempotent-Replayed", "")).lower() == "true"


def _refunds(it: Any, reference: str) -> list[RefundOutcome]:
    pages = it.v1.refunds.list({"payment_intent": reference, "limit": 100})
    return [read_refund(refund.to_dict()) for refund in pages.auto_paging_iter()]
