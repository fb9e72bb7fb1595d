"""The services that orders asks."""

from apps.orders.services import ORDERS
from chassis.calls import Refused
from clients.payments import Payments
from clients.users import Users

# What is said of the command itself. Who asks, or how often, may be judged otherwise the next time.
FINAL = {400, 409, 422}


def payments() -> Payments:
    return Payments(ORDERS)


def users() -> Users:
    return Users(ORDERS)


def is_final(refusal: Refused) -> bool:
    """Whether the same command will be refused for ever."""
    return refusal.status in FINAL and refusal.code != "request_in_progress"
