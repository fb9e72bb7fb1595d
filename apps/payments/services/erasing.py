"""What payments tells about somebody, and how it forgets them. Nothing there is ever in the way of it."""

from datetime import datetime
from typing import Any

from apps.payments.models import Payment, Refund
from apps.payments.pii import PERSONAL
from chassis import idempotency
from chassis.personal import Person, blanks, erase, models_in
from chassis.subjects import ITEMS_A_PART, Keeper, Part, written

PAYMENTS = "payments"
OF_PAYMENT = (
    *("id", "order_id", "provider", "status", "amount", "currency", "amount_captured", "amount_refunded", "method"),
    *("created_at", "succeeded_at", "cancelled_at"),
)
OF_REFUND = ("id", "amount", "reason", "status", "created_at", "succeeded_at")


def tell(customer_id: str, after: str) -> Part:
    """Their payments with refunds, in the order of their making, which is that of their ids."""
    found = Payment.objects.of_customer(customer_id).filter(pk__gt=after).order_by("pk").prefetch_related("refunds")
    payments = list(found[:ITEMS_A_PART])
    is_full = len(payments) == ITEMS_A_PART
    return Part([_told(payment) for payment in payments], payments[-1].pk if is_full else None)


def forget(customer_id: str) -> datetime | None:
    """Blank with what they paid, and why they got money back, within the open transaction."""
    things = (Payment.objects.of_customer(customer_id).values("pk"),)
    erase(models_in(PAYMENTS), PERSONAL, Person(customer_id, things=things))
    return None


def forget_of_order(order_id: str) -> None:
    """The same of what a guest paid for one order, within the open transaction."""
    payments, refunds = Payment.objects.filter(order_id=order_id), Refund.objects.filter(payment__order_id=order_id)
    payments.update(**blanks(PERSONAL[Payment]))
    refunds.update(**blanks(PERSONAL[Refund]))
    idempotency.forget_answers(PAYMENTS, (payments.values("pk"),))


KEEPER = Keeper(tell, lambda _: "", forget)


def _told(payment: Payment) -> dict[str, Any]:
    return {**written(payment, OF_PAYMENT), "refunds": [written(refund, OF_REFUND) for refund in payment.refunds.all()]}
