"""How the books of the sandbox change, inside the transaction of whoever changes them.

News is sent of what whoever pays does, and of what happens by itself: whoever commands is answered.
"""

from datetime import timedelta

from django.utils import timezone

from apps.payments.models import SandboxChange, SandboxIntent, SandboxRefund
from apps.payments.providers.sandbox.methods import AT_ONCE, FOR_A_WEEK, METHODS, outcome_of
from apps.payments.providers.sandbox.webhooks import tell

Status = SandboxIntent.Status
Kind = SandboxChange.Kind


def locked(reference: str) -> SandboxIntent:
    return SandboxIntent.objects.select_for_update().get(pk=reference)


def attempt(books: SandboxIntent, payment_method: str) -> None:
    """Try to pay with the method, and let come of it what does."""
    outcome = METHODS[payment_method]
    if outcome.status is None:
        return
    books.tries, books.method = books.tries + 1, payment_method
    if outcome.status == Status.SUCCEEDED:
        succeed(books)
    elif outcome.status == Status.AUTHORIZED:
        authorize(books)
    else:
        become(books, outcome.status)
    tell(books, f"intent.{books.status}", is_held=True)
    if payment_method == "sbx_webhook_out_of_order":
        tell(books, f"intent.{Status.PROCESSING}", is_held=True)
    if outcome.later:
        plan(books, outcome.later, outcome.after)


def authenticate(books: SandboxIntent, *, is_authenticated: bool) -> None:
    """End 3-D Secure."""
    if is_authenticated:
        succeed(books)
    else:
        become(books, Status.REQUIRES_PAYMENT_METHOD)
    tell(books, f"intent.{books.status}", is_held=True)


def succeed(books: SandboxIntent) -> None:
    """Take the money, or set it aside where somebody captures it by hand."""
    if books.captures_by_hand:
        authorize(books)
        return
    books.captured = books.authorized = books.amount + outcome_of(books).extra
    become(books, Status.SUCCEEDED)


def authorize(books: SandboxIntent) -> None:
    books.authorized = books.amount
    become(books, Status.AUTHORIZED)
    plan(books, Kind.LAPSE, FOR_A_WEEK)


def cancel(books: SandboxIntent) -> None:
    """End it if it is not too late. With one of the methods the money comes all the same."""
    money_comes = books.method == "sbx_success_after_cancel" and books.status == Status.PROCESSING
    if money_comes or books.is_open or books.status == Status.AUTHORIZED:
        become(books, Status.CANCELLED)
    if money_comes:
        plan(books, Kind.SUCCEED, AT_ONCE)


def become(books: SandboxIntent, status: str) -> None:
    books.status = status
    books.save()


def give_back(books: SandboxIntent, amount: int, **named: str) -> SandboxRefund:
    """A refund as the method that was paid with makes it; one without a `refund_id` succeeds."""
    status, later = outcome_of(books).refunds
    books.refunded += amount
    books.save()
    refund = SandboxRefund.objects.create(intent=books, amount=amount, status=status, **named)
    if later:
        plan(books, later, refund=refund)
    return refund


def give_back_outside(books: SandboxIntent, amount: int) -> None:
    """A refund that somebody else makes: payments did not ask for it, so it is news."""
    refund = give_back(books, amount, idempotency_key=f"{books.reference}:outside:{books.refunded}")
    tell(books, f"refund.{refund.status}")


def plan(
    books: SandboxIntent, kind: str, after: timedelta | None = None, *, refund: SandboxRefund | None = None
) -> None:
    """Have something happen by itself."""
    due_at = timezone.now() + (outcome_of(books).after if after is None else after)
    SandboxChange.objects.create(intent=books, refund=refund, kind=kind, due_at=due_at)
