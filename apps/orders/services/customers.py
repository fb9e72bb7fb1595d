"""Whom orders belong to, as users knows them."""

from apps.orders.models import Order
from apps.orders.problems import PlacedByGuest
from apps.orders.services.neighbours import users
from chassis.calls import CallFailed, Refused
from chassis.problems import DependencyUnavailable, NotFound
from clients.users import Customer


def customer_of(*, order: Order) -> Customer:
    """Who placed it, or who they were when users could be asked last.

    Raises PlacedByGuest; NotFound where the account is no more; DependencyUnavailable (503) while users does not answer
    and they were never asked for.
    """
    if order.customer_id is None:
        raise PlacedByGuest
    try:
        return users().profile(order.customer_id)
    except CallFailed as failure:
        if isinstance(failure, Refused) and failure.status == 404:
            raise NotFound("The customer has no account any more") from failure
        raise DependencyUnavailable("Users does not say now who this is", headers={"Retry-After": "2"}) from failure
