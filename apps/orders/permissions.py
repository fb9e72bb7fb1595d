"""Who may do what at orders."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from chassis.callers import Caller, caller_of
from chassis.permissions import Anyone, People, by_method, scope
from chassis.problems import Forbidden


class MayShop(BasePermission):
    """People and guests; no service buys."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return caller_of(request).kind in {"user", "nobody"}


MayListOrders = by_method(get=People, post=MayShop)
MayKeepCatalogue = by_method(
    get=Anyone,
    post=scope("products:write"),
    put=scope("products:write"),
    patch=scope("products:write"),
    delete=scope("products:write"),
)
MayMoveStock = by_method(get=scope("stock:read"), post=scope("stock:write"))
MayRefund = by_method(get=MayShop, post=scope("refunds:create"))


def require_own_or(scope_name: str, caller: Caller, customer_id: str | None) -> None:
    """Whoever sees an order as its buyer may act on it; staff need the scope. Raises Forbidden.

    A guest is known by the token that already opened the order.
    """
    is_buyer = caller.id == customer_id if caller.kind == "user" else customer_id is None
    if not is_buyer and not caller.may(scope_name):
        raise Forbidden
