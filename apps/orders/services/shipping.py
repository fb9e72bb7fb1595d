"""What leaves the warehouse, and arrives: stock is consumed unit by unit, once."""

from collections import Counter

from apps.orders.events import FulfillmentDelivered, FulfillmentShipped
from apps.orders.models import Fulfillment, Order, OrderLine, PaymentAttempt, Product, Reservation, StockMovement
from apps.orders.services import ORDERS
from apps.orders.services.fulfilling import complete_what_is_delivered
from chassis.audits import record
from chassis.mails import post
from chassis.outbox import announce
from chassis.transactions import joined
from chassis.wakes import wake_on_commit

Status = Fulfillment.Status


def ship_fulfillment(
    *, order: Order, fulfillment_id: str, shipped_by: str, carrier: str, tracking_number: str, tracking_url: str
) -> Fulfillment:
    """Send it: its units leave the stock. Raises InvalidState unless it is pending; shipping twice is shipping once.

    The first parcel of an authorized order has all of its money captured, whatever else is still to be sent.
    """
    parcel = {"carrier": carrier, "tracking_number": tracking_number, "tracking_url": tracking_url}
    with joined(ORDERS):
        order = Order.objects.locked(order.id)
        fulfillment: Fulfillment = order.fulfillments.get(pk=fulfillment_id)
        if fulfillment.status == Status.SHIPPED:
            return fulfillment
        if fulfillment.status == Status.PENDING:
            order.require_fulfillable()
        fulfillment.ship(**parcel)
        fulfillment.save_change()
        _consume(fulfillment, shipped_by)
        order.follow_shipments()
        order.save_change()
        record(ORDERS, "fulfillment.shipped", order.id, fulfillment=(Status.PENDING, Status.SHIPPED))
        announce(FulfillmentShipped(order.id, fulfillment.id, **parcel))
        post(ORDERS, "shipped", **order.for_letters, **parcel)
        _have_it_captured(order)
    return fulfillment


def deliver_fulfillment(*, order: Order, fulfillment_id: str) -> Fulfillment:
    """It has arrived; the order is complete when everything has. Raises InvalidState unless it is shipped."""
    with joined(ORDERS):
        order = Order.objects.locked(order.id)
        fulfillment: Fulfillment = order.fulfillments.get(pk=fulfillment_id)
        if fulfillment.status != Status.DELIVERED:
            fulfillment.deliver()
            fulfillment.save_change()
            record(ORDERS, "fulfillment.delivered", order.id, fulfillment=(Status.SHIPPED, Status.DELIVERED))
            announce(FulfillmentDelivered(order.id, fulfillment.id))
            complete_what_is_delivered(order)
    return fulfillment


def _consume(fulfillment: Fulfillment, shipped_by: str) -> None:
    """Counters, reservations and movements change together."""
    sent = dict(fulfillment.lines.values_list("line_id", "quantity"))
    lines = list(OrderLine.objects.filter(pk__in=sent))
    products: Counter[str] = Counter()
    for line in lines:
        line.quantity_fulfilled += sent[line.id]
        products[line.product_id] += sent[line.id]
    taken = Product.objects.ship(products)
    sold = {product_id: -quantity for product_id, quantity in products.items()}
    why = {"reason": StockMovement.Reason.SALE, "reference": fulfillment.id, "actor": shipped_by}
    StockMovement.objects.book(taken, sold, **why)
    reservations = list(Reservation.objects.filter(line__in=lines))
    for reservation in reservations:
        reservation.consume(sent[reservation.line_id])
    Reservation.objects.bulk_update(reservations, ["quantity_consumed", "status"], batch_size=100)
    OrderLine.objects.bulk_update(lines, ["quantity_fulfilled"], batch_size=100)


def _have_it_captured(order: Order) -> None:
    for attempt in order.attempts.filter(status=PaymentAttempt.Status.AUTHORIZED):
        attempt.begin(PaymentAttempt.Status.CAPTURING)
        wake_on_commit(ORDERS)
