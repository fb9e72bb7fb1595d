"""A provider for trying things out: it keeps books of its own, and whoever pays chooses what happens."""

from django.db.transaction import atomic

from apps.payments.models import Payment, SandboxIntent, SandboxRefund
from apps.payments.providers.base import Decline, Declined, Intent, Method, RefundOutcome

PAYMENTS = "payments"
METHODS: dict[str, Decline | None] = {
    "sbx_ok": None,
    "sbx_declined": Decline("card_declined", "generic_decline", "The card was declined."),
    "sbx_insufficient_funds": Decline("card_declined", "insufficient_funds", "There is not enough money on the card."),
}
CARD = Method(type="card", brand="sandbox", last4="4242")
TOO_MUCH = Decline("refund_declined", "amount_too_large", "The refund is greater than what is left of the payment.")


class Sandbox:
    """Does at once what it is asked, and remembers every key for ever. No money moves."""

    name = "sandbox"
    livemode = False

    def create(self, payment: Payment, *, idempotency_key: str) -> Intent:
        owed = {"amount": payment.amount, "currency": payment.currency}
        books, _ = SandboxIntent.objects.get_or_create(idempotency_key=idempotency_key, defaults=owed)
        return _intent(books)

    def retrieve(self, reference: str) -> Intent:
        return _intent(SandboxIntent.objects.get(pk=reference))

    def cancel(self, reference: str, *, idempotency_key: str) -> Intent:
        # The key adds nothing here: a cancelled intent is not open, so a second cancel finds nothing to do.
        with atomic(using=PAYMENTS):
            books = _locked(reference)
            if books.is_open:
                books.status = SandboxIntent.Status.CANCELLED
                books.save()
        return _intent(books)

    def refund(self, reference: str, amount: int, *, refund_id: str, idempotency_key: str) -> RefundOutcome:
        with atomic(using=PAYMENTS):
            books = _locked(reference)
            known = SandboxRefund.objects.filter(idempotency_key=idempotency_key).first()
            return RefundOutcome((known or _give_back(books, amount, idempotency_key)).reference, "succeeded")

    def confirm(self, reference: str, payment_method: str) -> Intent:
        """Pay with one of METHODS. Only an open intent can be paid; any other is answered as it stands."""
        with atomic(using=PAYMENTS):
            books = _locked(reference)
            if books.is_open:
                _try(books, payment_method)
        return _intent(books)


def _locked(reference: str) -> SandboxIntent:
    return SandboxIntent.objects.select_for_update().get(pk=reference)


def _try(books: SandboxIntent, payment_method: str) -> None:
    books.tries += 1
    books.method = payment_method
    if METHODS[payment_method] is None:
        books.status, books.captured = SandboxIntent.Status.SUCCEEDED, books.amount
    books.save()


def _give_back(books: SandboxIntent, amount: int, idempotency_key: str) -> SandboxRefund:
    if books.refunded + amount > books.captured:
        raise Declined(TOO_MUCH)
    books.refunded += amount
    books.save()
    return SandboxRefund.objects.create(intent=books, amount=amount, idempotency_key=idempotency_key)


def _intent(books: SandboxIntent) -> Intent:
    return Intent(
        reference=books.reference,
        status=str(books.status),
        amount_captured=books.captured,
        tries=books.tries,
        method=CARD if books.captured else None,
        last_error=METHODS.get(books.method),
    )
