"""The sandbox as payments asks it."""

from collections.abc import Mapping
from typing import Any

from django.db.transaction import atomic

from apps.payments.models import Payment, SandboxIntent, SandboxRefund
from apps.payments.problems import ProviderUnavailable
from apps.payments.providers.base import Decline, Declined, Intent, Method, ProviderNews, RefundOutcome
from apps.payments.providers.sandbox import webhooks
from apps.payments.providers.sandbox.books import Status, attempt, authenticate, become, cancel, give_back, locked
from apps.payments.providers.sandbox.methods import METHODS, outcome_of

PAYMENTS = "payments"
CARD = Method(type="card", brand="sandbox", last4="4242")
TOO_MUCH = Decline("refund_declined", "amount_too_large", "The refund is greater than what is left of the payment.")
NOT_AUTHORIZED = Decline("capture_declined", "not_authorized", "So much is not authorized now.")


class Sandbox:
    """Does what it is asked as the payer has chosen it, and remembers every key for ever. No money moves."""

    name = "sandbox"
    livemode = False
    publishable_key = ""

    def require_payable(self, amount: int, currency: str) -> None:
        """It takes any amount of any currency."""

    def create(self, payment: Payment, *, idempotency_key: str) -> Intent:
        owed = {"payment_id": payment.id, "amount": payment.amount, "currency": payment.currency}
        by_hand = payment.capture_method == Payment.CaptureMethod.MANUAL
        row = {**owed, "captures_by_hand": by_hand}
        books, _ = SandboxIntent.objects.get_or_create(idempotency_key=idempotency_key, defaults=row)
        return _intent(books)

    def retrieve(self, reference: str) -> Intent:
        return _intent(SandboxIntent.objects.get(pk=reference))

    def find(self, payment: Payment) -> Intent | None:
        books = SandboxIntent.objects.filter(payment_id=payment.id).first()
        return _intent(books) if books else None

    def capture(self, reference: str, amount: int, *, idempotency_key: str) -> Intent:
        # The key adds nothing here, nor to a cancel: what has ended is answered as it is.
        with atomic(using=PAYMENTS):
            books = locked(reference)
            if books.status == Status.AUTHORIZED and amount <= books.authorized:
                books.captured = amount
                become(books, Status.SUCCEEDED)
            elif books.status != Status.SUCCEEDED:
                raise Declined(NOT_AUTHORIZED)
        return _intent(books)

    def cancel(self, reference: str, *, idempotency_key: str) -> Intent:
        with atomic(using=PAYMENTS):
            books = locked(reference)
            cancel(books)
        return _intent(books)

    def refund(self, reference: str, amount: int, *, refund_id: str, idempotency_key: str) -> RefundOutcome:
        with atomic(using=PAYMENTS):
            books = locked(reference)
            known = SandboxRefund.objects.filter(idempotency_key=idempotency_key).first()
            if not known and books.refunded + amount > books.captured:
                raise Declined(TOO_MUCH)
            named = {"refund_id": refund_id, "idempotency_key": idempotency_key}
            return _refund(known or give_back(books, amount, **named))

    def refunds(self, reference: str) -> list[RefundOutcome]:
        return [_refund(refund) for refund in SandboxRefund.objects.filter(intent=reference).order_by("created_at")]

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> ProviderNews:
        return webhooks.read(headers, body)

    def confirm(self, reference: str, payment_method: str) -> Intent:
        """Pay with one of METHODS. Only an open intent can be paid; any other is answered as it stands."""
        outcome = METHODS[payment_method]
        with atomic(using=PAYMENTS):
            books = locked(reference)
            before, was_open = _intent(books), books.is_open
            if was_open:
                attempt(books, payment_method)
        if was_open and outcome.times_out:
            raise ProviderUnavailable(outcome_unknown=True)
        return _intent(books) if outcome.is_told else before

    def complete(self, reference: str, *, is_authenticated: bool) -> Intent:
        """End 3-D Secure. What waits for none is answered as it stands."""
        with atomic(using=PAYMENTS):
            books = locked(reference)
            if books.status == Status.REQUIRES_ACTION:
                authenticate(books, is_authenticated=is_authenticated)
        return _intent(books)


def _intent(books: SandboxIntent) -> Intent:
    is_payable = books.status == Status.REQUIRES_PAYMENT_METHOD
    return Intent(
        reference=books.reference,
        status=str(books.status),
        amount_captured=books.captured,
        tries=books.tries,
        method=CARD if books.captured or books.authorized else None,
        last_error=outcome_of(books).decline if is_payable else None,
        amount_authorized=books.authorized,
        next_action=_next_action(books),
    )


def _next_action(books: SandboxIntent) -> dict[str, Any] | None:
    if books.status != Status.REQUIRES_ACTION:
        return None
    return {"type": "sandbox_complete", "path": f"/v1/sandbox/payments/{books.payment_id}/complete"}


def _refund(refund: SandboxRefund) -> RefundOutcome:
    return RefundOutcome(
        reference=refund.reference,
        status=str(refund.status),
        failure_reason=refund.failure_reason,
        amount=refund.amount,
        refund_id=refund.refund_id,
    )
