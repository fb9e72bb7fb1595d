"""What was placed as a guest becomes a customer's."""

from apps.orders.events import OrderClaimed
from apps.orders.models import Order
from apps.orders.services import ORDERS
from chassis.audits import record
from chassis.outbox import announce
from chassis.problems import NotFound
from chassis.signing import digest
from chassis.transactions import joined


def claim_order(*, order_id: str, guest_token: str, customer_id: str) -> Order:
    """The order, the customer's from now on; the token opens nothing any more. Claiming twice is claiming once.

    Raises NotFound unless the token is the order's own, as if there were no such order.
    """
    with joined(ORDERS):
        order = Order.objects.select_for_update().filter(pk=order_id).first()
        if order and order.customer_id == customer_id:
            return order
        if not order or not guest_token or order.guest_digest != digest(guest_token):
            raise NotFound
        order.customer_id, order.guest_digest = customer_id, ""
        order.save_change()
        record(ORDERS, "order.claimed", order.id, customer_id=(None, customer_id))
        announce(OrderClaimed(order.id, customer_id))
    return order
