"""What the sandbox can be paid with: the method chosen is what comes of it."""

from dataclasses import dataclass
from datetime import timedelta

from apps.payments.models import SandboxChange, SandboxIntent
from apps.payments.providers.base import Decline

Status = SandboxIntent.Status
Kind = SandboxChange.Kind
GENERIC = Decline("card_declined", "generic_decline", "The card was declined.")
NO_MONEY = Decline("card_declined", "insufficient_funds", "There is not enough money on the card.")
NOT_AUTHENTICATED = Decline("authentication_failed", "authentication_failed", "The bank could not tell who is paying.")
AT_ONCE = timedelta()
# As long as a bank takes, and as long as an authorization lasts. The sandbox's clock can be moved.
FOR_DAYS = timedelta(days=2)
FOR_A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What paying with a method comes to.

    `status` is what the payment becomes at once, None if nothing happens to it; `decline` is why it becomes or became
    payable again; `later` happens `after` that by itself. `sent` is how often each webhook is; who pays is told at once
    only where it `is_told`. What `times_out` is answered by nothing.
    """

    status: Status | None = Status.SUCCEEDED
    decline: Decline | None = None
    later: Kind | None = None
    after: timedelta = FOR_DAYS
    times_out: bool = False
    is_told: bool = True
    sent: int = 1
    refunds: tuple[str, Kind | None] = ("succeeded", None)
    extra: int = 0


NOTHING = Outcome(status=None)
METHODS: dict[str, Outcome] = {
    "sbx_ok": Outcome(),
    "sbx_declined": Outcome(Status.REQUIRES_PAYMENT_METHOD, GENERIC),
    "sbx_insufficient_funds": Outcome(Status.REQUIRES_PAYMENT_METHOD, NO_MONEY),
    "sbx_3ds": Outcome(Status.REQUIRES_ACTION, NOT_AUTHENTICATED),
    "sbx_processing_ok": Outcome(Status.PROCESSING, later=Kind.SUCCEED),
    "sbx_processing_fail": Outcome(Status.PROCESSING, NO_MONEY, later=Kind.DECLINE),
    "sbx_auth_only": Outcome(Status.AUTHORIZED),
    "sbx_timeout_but_charged": Outcome(times_out=True),
    "sbx_timeout_not_charged": Outcome(None, times_out=True),
    "sbx_webhook_lost": Outcome(is_told=False, sent=0),
    "sbx_webhook_twice": Outcome(is_told=False, sent=2),
    "sbx_webhook_out_of_order": Outcome(is_told=False),
    "sbx_refund_pending": Outcome(refunds=("pending", Kind.SETTLE_REFUND)),
    "sbx_refund_fails_later": Outcome(refunds=("succeeded", Kind.FAIL_REFUND)),
    "sbx_wrong_amount": Outcome(extra=1),
    "sbx_refunded_outside": Outcome(later=Kind.REFUND_OUTSIDE, after=AT_ONCE),
    "sbx_success_after_cancel": Outcome(Status.PROCESSING, later=Kind.SUCCEED),
}


def outcome_of(books: SandboxIntent) -> Outcome:
    """What the payment was last paid with comes to."""
    return METHODS.get(books.method, NOTHING)
