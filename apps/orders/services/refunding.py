"""Giving money back: the request is committed first, and counts from then on; payments is asked with its key."""

from typing import Any

from django.db.transaction import atomic

from apps.orders.events import RefundRequested
from apps.orders.models import Order, OrderLine, PaymentAttempt, Product, RefundRequest, Reservation
from apps.orders.problems import NothingToRefund, RefundExceedsPaid
from apps.orders.services import ORDERS
from apps.orders.services.neighbours import payments
from chassis.calls import CallFailed, Refused
from chassis.outbox import announce
from chassis.problems import InvalidRequest
from clients.payments import RefundOrder


def refund_order(
    *, order: Order, lines: list[dict[str, Any]], amount: int | None, reason: str, created_by: str
) -> RefundRequest:
    """Give back some lines, or an amount. Raises NothingToRefund, RefundExceedsPaid, or InvalidRequest for a strange line.

    What is not shipped of a refunded line goes back on sale.
    """
    with atomic(using=ORDERS):
        locked = Order.objects.locked(order.id)
        if not locked.refundable:
            raise NothingToRefund
        if amount is None:
            amount = sum(_take_back(locked, **line) for line in lines)
        return request_refund(order=locked, amount=amount, reason=reason, created_by=created_by, lines=lines)


def request_refund(
    *, order: Order, amount: int, reason: str, created_by: str, lines: list[dict[str, Any]] | None = None
) -> RefundRequest:
    """The intent, in the open transaction: the money counts as given from now on. Raises RefundExceedsPaid."""
    if amount > order.refundable:
        raise RefundExceedsPaid(f"{order.refundable} {order.currency} can be refunded", refundable=order.refundable)
    order.amount_refund_pending += amount
    order.settle()
    order.save_change()
    request = RefundRequest.objects.create(
        order=order,
        payment_id=_paid_by(order),
        amount=amount,
        currency=order.currency,
        reason=reason,
        lines=lines or [],
        created_by=created_by,
        **RefundRequest.held_by_request(),
    )
    announce(RefundRequested(order.id, request.id, amount, order.currency))
    return request


def submit(request: RefundRequest) -> None:
    """Ask payments, now or, if it does not answer, later; a refusal needs a person."""
    order = RefundOrder(refund_request_id=request.id, amount=request.amount, reason=request.reason)
    try:
        refund = payments().refund(request.payment_id, order, idempotency_key=f"{request.order_id}:rfr:{request.id}")
    except Refused as refusal:
        with atomic(using=ORDERS):
            record_refund(request_id=request.id, refund_id="", succeeded=False)
            request.last_failure = str(refusal)
            request.finish()
    except CallFailed as failure:
        request.try_later(str(failure))
    else:
        _record_submitted(request, refund.id)


def resume_refunds(worker: str) -> int:
    """Submit the requests that nobody is submitting."""
    taken = RefundRequest.objects.due().lease(worker)
    for request in taken:
        submit(request)
    return len(taken)


def record_refund(*, request_id: str, refund_id: str, succeeded: bool) -> None:
    """Payments tells how a refund ended. Within the open transaction; telling it twice changes nothing."""
    order = Order.objects.select_for_update().get(refund_requests=request_id)
    request = order.refund_requests.get(pk=request_id)
    if request.status not in {RefundRequest.Status.REQUESTED, RefundRequest.Status.PENDING}:
        return
    order.amount_refund_pending -= request.amount
    order.amount_refunded += request.amount if succeeded else 0
    order.settle()
    order.save_change()
    request.status = RefundRequest.Status.SUCCEEDED if succeeded else RefundRequest.Status.FAILED
    request.refund_id = refund_id or request.refund_id
    request.save(update_fields=["status", "refund_id"])
    request.finish()


def _record_submitted(request: RefundRequest, refund_id: str) -> None:
    """Payments has it. How it ends is told by announcement, which may have come already."""
    still_requested = RefundRequest.objects.filter(pk=request.pk, status=RefundRequest.Status.REQUESTED)
    with atomic(using=ORDERS):
        still_requested.update(status=RefundRequest.Status.PENDING, refund_id=refund_id)
        request.finish()
    request.status, request.refund_id = RefundRequest.Status.PENDING, refund_id


def _paid_by(order: Order) -> str:
    return order.attempts.get(status=PaymentAttempt.Status.SUCCEEDED).payment_id


def _take_back(order: Order, line_id: str, quantity: int, *, restock: bool = False) -> int:
    """Count the units as refunded and release what is not shipped of them; returns what they cost."""
    line = order.lines.filter(pk=line_id).first()
    if line is None:
        raise InvalidRequest(f"The order has no line {line_id}")
    amount = line.refund_of(quantity)
    line.quantity_refunded += quantity
    line.save(update_fields=["quantity_refunded"])
    _release(line, quantity)
    return amount


def _release(line: OrderLine, quantity: int) -> None:
    reservation = Reservation.objects.holding().select_for_update().filter(line=line).first()
    if reservation is None:
        return
    reservation.quantity_released += quantity
    if reservation.quantity_released == reservation.quantity:
        reservation.status = Reservation.Status.RELEASED
    reservation.save(update_fields=["quantity_released", "status"])
    Product.objects.release({line.product_id: quantity})
