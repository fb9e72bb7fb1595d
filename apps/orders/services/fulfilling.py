"""Putting aside what is to be sent, and knowing when everything has arrived."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Sum

from apps.orders.events import FulfillmentCancelled, OrderCompleted
from apps.orders.models import Fulfillment, FulfillmentLine, Order, Reservation
from apps.orders.models.orders import HELD
from apps.orders.problems import QuantityExceedsOrdered
from apps.orders.services import ORDERS
from chassis.audits import record
from chassis.outbox import announce
from chassis.problems import InvalidRequest
from chassis.transactions import joined

Status = Fulfillment.Status


@dataclass(frozen=True)
class Parcel:
    """So many units of one line."""

    line_id: str
    quantity: int


def create_fulfillment(*, order: Order, lines: list[Parcel]) -> Fulfillment:
    """Put units aside to be sent together; they stay held. Raises InvalidState unless the order is paid or authorized.

    QuantityExceedsOrdered points at the lines of which fewer are left to send.
    """
    with joined(ORDERS):
        order = Order.objects.locked(order.id)
        order.require_fulfillable()
        quantities = _wanted(order, lines)
        fulfillment = Fulfillment.objects.create(order=order)
        rows = (FulfillmentLine(fulfillment=fulfillment, line_id=id, quantity=n) for id, n in quantities.items())
        FulfillmentLine.objects.bulk_create(rows, batch_size=100)
        record(ORDERS, "fulfillment.created", order.id, fulfillment=(None, fulfillment.id))
    return fulfillment


def cancel_fulfillment(*, order: Order, fulfillment_id: str) -> Fulfillment:
    """Its units can be put aside anew. Raises InvalidState once it was shipped; cancelling twice is cancelling once."""
    with joined(ORDERS):
        order = Order.objects.locked(order.id)
        fulfillment: Fulfillment = order.fulfillments.get(pk=fulfillment_id)
        if fulfillment.status != Status.CANCELLED:
            _cancel(fulfillment)
    return fulfillment


def complete_order(*, order: Order) -> Order:
    """End it without having heard of every delivery. Raises InvalidState while anything is still to be sent or paid."""
    with joined(ORDERS):
        order = Order.objects.locked(order.id)
        if order.status != Order.Status.COMPLETED:
            if order.hold_quantities():
                raise order.refusal("complete")
            _complete(order)
    return order


def cancel_open_fulfillments(order: Order) -> None:
    """Nothing is put aside for it any more, in the open transaction."""
    for fulfillment in order.fulfillments.filter(status=Status.PENDING):
        _cancel(fulfillment)


def end_what_is_not_held(order: Order) -> None:
    """Cancel what was put aside, the newest first, while it is more than the order still holds."""
    for fulfillment in order.fulfillments.filter(status=Status.PENDING).order_by("-pk"):
        left = _left_to_put_aside(order)
        if any(left[line.line_id] < 0 for line in fulfillment.lines.all()):
            _cancel(fulfillment)


def complete_what_is_delivered(order: Order) -> None:
    """Complete an order of which everything that is not refunded was delivered, in the open transaction."""
    if order.status != Order.Status.CONFIRMED or not order.has_its_money:
        return
    states = {*order.fulfillments.exclude(status=Status.CANCELLED).values_list("status", flat=True)}
    if states == {Status.DELIVERED} and not order.hold_quantities():
        _complete(order)


def _complete(order: Order) -> None:
    before = order.status
    order.complete()
    order.save_change()
    record(ORDERS, "order.completed", order.id, status=(before, order.status))
    announce(OrderCompleted(order.id))


def _cancel(fulfillment: Fulfillment) -> None:
    fulfillment.cancel()
    fulfillment.save_change()
    record(ORDERS, "fulfillment.cancelled", fulfillment.order_id, fulfillment=(fulfillment.id, None))
    announce(FulfillmentCancelled(fulfillment.order_id, fulfillment.id))


def _wanted(order: Order, lines: list[Parcel]) -> Counter[str]:
    """How much of each line, which may be named twice. Raises InvalidRequest or QuantityExceedsOrdered."""
    left, quantities = _left_to_put_aside(order), Counter[str]()
    for parcel in lines:
        quantities[parcel.line_id] += parcel.quantity
    unknown = [
        {"pointer": f"/lines/{position}/line_id", "code": "unknown_line", "message": "Not of this order"}
        for position, parcel in enumerate(lines)
        if parcel.line_id not in left
    ]
    if unknown:
        raise InvalidRequest("The order has no such line", errors=unknown)
    code = QuantityExceedsOrdered.code()
    errors = [
        {"pointer": f"/lines/{n}/quantity", "code": code, "message": f"{max(0, left[parcel.line_id])} are left to send"}
        for n, parcel in enumerate(lines)
        if quantities[parcel.line_id] > left[parcel.line_id]
    ]
    if errors:
        raise QuantityExceedsOrdered(errors=errors)
    return quantities


def _left_to_put_aside(order: Order) -> Counter[str]:
    """By line, what the order holds beyond what is put aside."""
    held = Reservation.objects.filter(line__order=order).annotate(held=HELD).values_list("line_id", "held")
    aside = FulfillmentLine.objects.filter(fulfillment__order=order, fulfillment__status=Status.PENDING)
    left = Counter(dict(held))
    left.subtract(dict(aside.order_by().values_list("line_id").annotate(aside=Sum("quantity"))))
    return left
