"""A provider in memory that answers what a test puts into its mouth."""

from dataclasses import replace
from typing import Any

from apps.payments.models import Refund
from apps.payments.problems import ProviderUnavailable
from apps.payments.providers import Declined, Intent, RefundOutcome


class StandInProvider:
    """`intent` and `outcome` are its answers; an exception there is raised. `asked` holds the keys it was given."""

    name = "scripted"
    livemode = False
    publishable_key = ""

    def __init__(self):
        self.intent: Any = Intent(reference="scr_1", status="requires_payment_method")
        self.outcome: Any = RefundOutcome(reference="scr_r1", status="succeeded")
        self.found = self.news = None
        self.asked = []

    def says(self, **changes):
        self.intent = replace(Intent(reference="scr_1", status="requires_payment_method"), **changes)

    def is_down(self, *, outcome_unknown=False):
        self.intent = self.outcome = ProviderUnavailable(outcome_unknown=outcome_unknown)

    def refuses(self, reason):
        self.intent = self.outcome = Declined(reason)

    def require_payable(self, amount, currency):
        """It takes any amount of any currency."""

    def create(self, payment, *, idempotency_key):
        return self._answer(self.intent, idempotency_key)

    def retrieve(self, reference):
        return self._answer(self.intent, "")

    def find(self, payment):
        return self._answer(self.found, "find")

    def capture(self, reference, amount, *, idempotency_key):
        return self._answer(self.intent, idempotency_key)

    def cancel(self, reference, *, idempotency_key):
        return self._answer(self.intent, idempotency_key)

    def refund(self, reference, amount, *, refund_id, idempotency_key):
        return self._answer(self.outcome, idempotency_key)

    def refunds(self, reference):
        outcome = self._answer(self.outcome, "refunds")
        return [replace(outcome, refund_id=refund.id) for refund in Refund.objects.all()]

    def read_webhook(self, headers, body):
        return self.news

    def _answer(self, answer, key):
        self.asked.append(key)
        if isinstance(answer, Exception):
            raise answer
        return answer
