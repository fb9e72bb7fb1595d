"""What a test does at Stripe: in a server process of ours that answers as Stripe does."""

from contextlib import contextmanager

from apps.payments.models import Payment
from tests.stripe.processes import WEBHOOK_SECRET

METHODS = {
    "ok": "pm_card_visa",
    "declined": "pm_card_chargeDeclined",
    "3ds": "pm_card_authenticationRequired",
    "processing_ok": "pm_usBankAccount_success",
    "processing_fail": "pm_usBankAccount_insufficientFunds",
    "refund_pending": "pm_card_pendingRefund",
    "refund_fails_later": "pm_card_refundFail",
}
COMMANDS = {
    "create": "POST /v1/payment_intents",
    "capture": "POST /v1/payment_intents/*/capture",
    "refund": "POST /v1/refunds",
}
A_MONTH = 30 * 24 * 3600
# The SDK asks a second time by itself, with the same key.
TRIES = 2


class StripeDriver:
    name = "stripe"

    def __init__(self, fake):
        self._fake = fake

    @classmethod
    @contextmanager
    def listening(cls, fake):
        """What is told during the block waits to be taken; what was told before it is gone."""
        fake.tell("endpoints", url="http://127.0.0.1:9/v1/webhooks/stripe", secret=WEBHOOK_SECRET)
        fake.tell("take")
        fake.tell("plan", held=True)
        yield cls(fake)
        fake.tell("plan", copies=0)

    def pay_with(self, payment_id, method):
        self._fake.pay(_reference(payment_id), METHODS[method])

    def authenticate(self, payment_id, *, is_authenticated):
        self._fake.tell(f"intents/{_reference(payment_id)}/authenticate", success=is_authenticated)

    def let_days_pass(self):
        self._fake.tell("clock", advance_seconds=A_MONTH)

    def refund_outside(self, payment_id, amount):
        self._fake.tell(f"intents/{_reference(payment_id)}/refunds", amount=amount)

    def time_out(self, command, *, is_done):
        # A connection that is cut says as little as one that is silent, and sooner.
        self._fake.fails(COMMANDS[command], "drop_done" if is_done else "drop", times=TRIES)

    def take_webhooks(self):
        return [(letter["headers"], letter["body"].encode()) for letter in self._fake.tell("take")["webhooks"]]

    def charges(self, payment_id):
        return [intent["amount_received"] for intent in self._intents(payment_id) if intent["amount_received"]]

    def given_back(self, payment_id):
        intents = [intent["id"] for intent in self._intents(payment_id)]
        refunds = self._fake.hear("objects/refund")["data"]
        lasting = [one for one in refunds if one["payment_intent"] in intents and one["status"] != "failed"]
        return sum(refund["amount"] for refund in lasting)

    def _intents(self, payment_id):
        intents = self._fake.hear("objects/payment_intent")["data"]
        return [intent for intent in intents if intent["metadata"]["payment_id"] == payment_id]


def _reference(payment_id):
    return Payment.objects.get(pk=payment_id).provider_reference
