"""What is personal in the tables of payments, and what becomes of it when somebody is erased.

Amounts, references and the ledger stay: they are the shop's books, and name nobody but by an id.
"""

from apps.payments.models import (
    Erasure,
    LedgerEntry,
    Payment,
    ProviderEvent,
    Refund,
    SandboxIntent,
    SandboxRefund,
    SandboxWebhook,
)
from chassis.personal import Blanked, Kept, Map, Rows, Whose, chassis_map

_ID, _OURS, _MONEY = Kept("an id"), Kept("a word of ours"), Kept("of money")
_REFERENCE = Kept("what the provider calls it, which its books are compared by")

PERSONAL: Map = {
    **chassis_map("payments"),
    Payment: Whose(
        "customer_id",
        is_payer_erased=Blanked(with_=True),
        method=Blanked(None),
        last_error=Blanked(None),
        next_action=Blanked(None),
        sealed_client_secret=Blanked(b""),
        order_id=_ID,
        customer_id=Kept("the id of a tombstone"),
        provider=_OURS,
        provider_reference=_REFERENCE,
        currency=_MONEY,
    ),
    Refund: Whose(
        "payment__customer_id",
        reason=Blanked(""),
        refund_request_id=_ID,
        provider_reference=_REFERENCE,
        failure_reason=_OURS,
    ),
    LedgerEntry: Rows(account=_OURS, currency=_MONEY, reference=_REFERENCE),
    ProviderEvent: Rows(provider=_OURS, event_id=_ID, type=_OURS, reference=_REFERENCE),
    SandboxIntent: Rows(idempotency_key=_ID, payment_id=_ID, currency=_MONEY, method=_OURS),
    SandboxRefund: Rows(idempotency_key=_ID, refund_id=_ID, failure_reason=_OURS),
    SandboxWebhook: Rows(event_id=_ID, type=_OURS),
    Erasure: Rows(key=_ID, subject=_ID),
}
