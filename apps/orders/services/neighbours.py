"""The services that orders asks."""

from apps.orders.services import ORDERS
from clients.payments import Payments


def payments() -> Payments:
    return Payments(ORDERS)
