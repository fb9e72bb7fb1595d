"""Giving money back: the request is committed first, and counts from then on; payments is asked with its key."""

import logging
from collections import Counter
from typing import Any

from django.db.models import Q, Sum
from django.db.transaction import atomic

from apps.orders.events import OrderPaymentMismatch, RefundFailed, RefundRequested, RefundSucceeded
from apps.orders.models import Order, OrderLine, PaymentAttempt, Product, RefundRequest, Reservation, StockMovement
from apps.orders.problems import CurrencyMismatch, NothingToRefund, RefundExceedsPaid
from apps.orders.services import ORDERS
from apps.orders.services.fulfilling import complete_what_is_delivered, end_what_is_not_held
from apps.orders.services.neighbours import is_final, payments
from chassis.audits import record
from chassis.calls import CallFailed, Refused
from chassis.mails import post
from chassis.money import as_text
from chassis.outbox import announce
from chassis.problems import InvalidRequest
from clients.payments import RefundOrder

Status = RefundRequest.Status
# How refunds end at payments: whether the money has gone back.
ENDS = {"succeeded": True, "failed": False, "cancelled": False}
# What payments may tell of a request in each state; money that went back may come back.
HEARS = {
    Status.REQUESTED: {Status.SUCCEEDED, Status.FAILED},
    Status.PENDING: {Status.SUCCEEDED, Status.FAILED},
    Status.SUCCEEDED: {Status.FAILED},
}
logger = logging.getLogger("tearline")


def refund_order(
    *,
    order: Order,
    reason: str,
    created_by: str,
    command_key: str,
    lines: list[dict[str, Any]] | None = None,
    amount: int | None = None,
    currency: str = "",
) -> RefundRequest:
    """Give back some lines, or an amount; the same command gives back once, whatever became of its first answer.

    What is not shipped of a refunded line goes back on sale, and so does what was, where it is to be restocked.
    Raises NothingToRefund, RefundExceedsPaid, CurrencyMismatch where another `currency` than the order's is named, or
    InvalidRequest for a line that the order does not have.
    """
    _require_currency(order, currency)
    with atomic(using=ORDERS):
        locked = Order.objects.locked(order.id)
        known: RefundRequest | None = RefundRequest.objects.filter(command_key=command_key).first()
        if known:
            return known
        if not locked.refundable:
            raise NothingToRefund
        if amount is None:
            amount = _take_back(locked, lines or [], created_by)
        if not amount:
            raise NothingToRefund
        who = {"created_by": created_by, "command_key": command_key, **RefundRequest.held_by_request()}
        request = request_refund(order=locked, amount=amount, reason=reason, lines=lines or [], **who)
        complete_what_is_delivered(locked)
        return request


def _require_currency(order: Order, currency: str) -> None:
    if currency not in {"", order.currency}:
        message = f"The order is in {order.currency}"
        error = {"pointer": "/amount/currency", "code": CurrencyMismatch.code(), "message": message}
        raise CurrencyMismatch(errors=[error])


def request_refund(*, order: Order, amount: int, payment_id: str = "", **why: Any) -> RefundRequest:
    """The intent, in the open transaction: the money counts as given from now on. Raises RefundExceedsPaid.

    A worker submits it at once, unless `why` brings the lease of a request that will do so itself.
    """
    if amount > order.refundable:
        raise RefundExceedsPaid(f"{order.refundable} {order.currency} can be refunded", refundable=order.refundable)
    return _set_aside(order, amount, payment_id or _payment_with_most_left(order), **why)


def _set_aside(order: Order, amount: int, payment_id: str, **why: Any) -> RefundRequest:
    order.amount_refund_pending += amount
    order.settle()
    order.save_change()
    request = RefundRequest.objects.create(
        order=order,
        payment_id=payment_id,
        amount=amount,
        currency=order.currency,
        **why,
    )
    announce(RefundRequested(order.id, request.id, amount, order.currency))
    record(ORDERS, "refund.requested", order.id, refund=(None, {"id": request.id, "amount": amount}))
    return request


def submit(request: RefundRequest) -> None:
    """Ask payments, now or, if it does not answer, later; a final refusal needs a person."""
    if request.status != Status.REQUESTED:
        return
    order = RefundOrder(refund_request_id=request.id, amount=request.amount, reason=request.reason)
    try:
        refund = payments().refund(request.payment_id, order, idempotency_key=f"{request.order_id}:rfr:{request.id}")
    except CallFailed as failure:
        if isinstance(failure, Refused) and is_final(failure):
            _record_refused(request, failure)
        else:
            request.try_later(str(failure))
    else:
        _record_submitted(request, refund.id)


def resume_refunds(worker: str) -> int:
    """Submit the requests that nobody is submitting, and ask after those that nobody has told of."""
    taken = RefundRequest.objects.due().lease(worker)
    for request in taken:
        try:
            submit(request) if request.status == Status.REQUESTED else _ask_after(request)
        except CallFailed as failure:
            request.try_later(str(failure))
        except Exception as exc:
            logger.exception("the refund request %s could not be resumed", request.id)
            request.try_later(repr(exc))
    return len(taken)


def record_refund(
    *, order_id: str, request_id: str, refund_id: str, payment_id: str, amount: int, succeeded: bool
) -> None:
    """Payments tells how a refund ended. Within the open transaction; told twice, it counts once.

    One that orders has not asked for counts too: staff can give money back at payments, or at the provider.
    """
    order = Order.objects.select_for_update().filter(pk=order_id).first()
    if order is None:
        return
    request = order.refund_requests.filter(Q(pk=request_id) | Q(refund_id=refund_id)).first()
    if request is None and succeeded:
        request = _requested_elsewhere(order, payment_id, amount)
    if request and (Status.SUCCEEDED if succeeded else Status.FAILED) in HEARS.get(request.status, ()):
        _settle(order, request, refund_id, succeeded=succeeded)


def _ask_after(request: RefundRequest) -> None:
    """What payments says now is heard like what it announces. Raises CallFailed."""
    refunds = payments().refunds(request.payment_id)
    ended = next((refund for refund in refunds if refund.id == request.refund_id and refund.status in ENDS), None)
    if ended is None:
        request.look_again()
        return
    with atomic(using=ORDERS):
        record_refund(
            order_id=request.order_id,
            request_id=request.id,
            refund_id=ended.id,
            payment_id=ended.payment_id,
            amount=ended.amount,
            succeeded=ENDS[ended.status],
        )


def _settle(order: Order, request: RefundRequest, refund_id: str | None, *, succeeded: bool) -> None:
    """Money that did not go back can be asked for again, by amount. Units taken back stay so, for they may be sold."""
    if request.status == Status.SUCCEEDED:
        order.amount_refunded -= request.amount
    else:
        order.amount_refund_pending -= request.amount
    order.amount_refunded += request.amount if succeeded else 0
    order.settle()
    order.save_change()
    request.status = Status.SUCCEEDED if succeeded else Status.FAILED
    request.refund_id = refund_id
    request.save(update_fields=["status", "refund_id"])
    request.finish()
    event = RefundSucceeded if succeeded else RefundFailed
    announce(event(order.id, request.id, request.amount, request.currency))
    if succeeded:
        post(ORDERS, "refunded", **order.for_letters, refund=as_text(request.amount, request.currency))


def _requested_elsewhere(order: Order, payment_id: str, amount: int) -> RefundRequest | None:
    """The request that nobody made here, for what is left of money that was ever counted as paid for this order.

    It has gone back, whatever we are asking for at the same time: of that, payments refuses what is no longer there.
    """
    if not order.attempts.filter(payment_id=payment_id, status=PaymentAttempt.Status.SUCCEEDED).exists():
        return None
    counted = min(amount, order.amount_paid - order.amount_refunded)
    if counted < amount:
        announce(OrderPaymentMismatch(order.id, payment_id, amount, order.currency))
    if not counted:
        return None
    return _set_aside(order, counted, payment_id, reason="made_at_payments", created_by="payments")


def _record_refused(request: RefundRequest, refusal: Refused) -> None:
    with atomic(using=ORDERS):
        order = Order.objects.locked(request.order_id)
        request.refresh_from_db()
        if request.status == Status.REQUESTED:
            _settle(order, request, None, succeeded=False)
            RefundRequest.objects.filter(pk=request.id).update(last_failure=str(refusal)[:500])


def _record_submitted(request: RefundRequest, refund_id: str) -> None:
    """Payments has it. How it ends is told by announcement; one that came already changes nothing of this answer."""
    still_requested = RefundRequest.objects.filter(pk=request.pk, status=Status.REQUESTED)
    with atomic(using=ORDERS):
        # The order before its requests, like everybody: a row changed twice makes the commit look at its order.
        Order.objects.locked(request.order_id)
        still_requested.update(status=Status.PENDING, refund_id=refund_id, **RefundRequest.asked_for_later())
    request.status, request.refund_id = Status.PENDING, refund_id


def _payment_with_most_left(order: Order) -> str:
    """The payment that a refund comes from: of several, the one of which least was given back."""
    counted = order.refund_requests.exclude(status=Status.FAILED).values_list("payment_id")
    given = dict(counted.annotate(given=Sum("amount")))
    paid = order.attempts.filter(status=PaymentAttempt.Status.SUCCEEDED).order_by("number")
    most: PaymentAttempt = max(paid, key=lambda attempt: attempt.amount_captured - given.get(attempt.payment_id, 0))
    return most.payment_id


def _take_back(order: Order, wanted: list[dict[str, Any]], taken_by: str) -> int:
    """Count the units as refunded and put what may be sold again back on sale; returns what they cost."""
    lines = {line.id: line for line in order.lines.filter(pk__in={asked["line_id"] for asked in wanted})}
    for position, asked in enumerate(wanted):
        if asked["line_id"] not in lines:
            error = {"pointer": f"/lines/{position}/line_id", "code": "unknown_line", "message": "Not of this order"}
            raise InvalidRequest("The order has no such line", errors=[error])
    amount = sum(lines[asked["line_id"]].take_back(asked["quantity"]) for asked in wanted)
    _put_on_sale(lines, wanted, order, taken_by)
    OrderLine.objects.bulk_update(lines.values(), ["quantity_refunded", "quantity_returned"], batch_size=100)
    order.follow_shipments()
    end_what_is_not_held(order)
    return amount


def _put_on_sale(lines: dict[str, OrderLine], wanted: list[dict[str, Any]], order: Order, taken_by: str) -> None:
    """Units that were sent come back where they are to be restocked; of the others, those not sent are let go of."""
    reservations = {row.line_id: row for row in Reservation.objects.filter(line__in=lines)}
    freed: Counter[str] = Counter()
    back: Counter[str] = Counter()
    for asked in wanted:
        line, quantity = lines[asked["line_id"]], asked["quantity"]
        returned = line.bring_back(quantity) if asked["restock"] else 0
        back[line.product_id] += returned
        freed[line.product_id] += reservations[line.id].release(quantity - returned)
    Reservation.objects.bulk_update(reservations.values(), ["quantity_released", "status"], batch_size=100)
    Product.objects.release(freed)
    came = {product_id: quantity for product_id, quantity in back.items() if quantity}
    why = {"reason": StockMovement.Reason.RETURN, "reference": order.id, "actor": taken_by}
    StockMovement.objects.book(Product.objects.take_in(came), came, **why)
