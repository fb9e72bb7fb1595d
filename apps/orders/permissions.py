"""Who may do what at orders."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from chassis.callers import Caller, caller_of
from chassis.permissions import Anyone, People, by_method, scope
from chassis.problems import Forbidden


class MayShop(BasePermission):
    """People and guests; no service buys, and no program for itself."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return caller_of(request).kind in {"user", "nobody"}


MayListOrders = by_method(get=People | scope("orders:read"), post=MayShop)
# A program sees orders by its scope, and acts on those that it sees by another.
MayUseOrders = MayShop | scope("orders:read")
MayReadRetained = scope("pii:read")
MayKnowCustomers = scope("orders:read")
MayKeepCatalogue = by_method(
    get=Anyone,
    post=scope("products:write"),
    put=scope("products:write"),
    patch=scope("products:write"),
    delete=scope("products:write"),
)
MayMoveStock = by_method(get=scope("stock:read"), post=scope("stock:write"))
MayFulfil = by_method(get=MayUseOrders, post=scope("orders:fulfil"))
MayRefund = by_method(get=MayUseOrders, post=scope("refunds:create"))


def require_own_or(scope_name: str, caller: Caller, customer_id: str | None) -> None:
    """Whoever sees an order as its buyer may act on it; staff need the scope. Raises Forbidden.

    A guest is known by the token that already opened the order.
    """
    is_guest = caller.is_anonymous and customer_id is None
    is_buyer = is_guest or (caller.kind == "user" and caller.id == customer_id)
    if not is_buyer and not caller.may(scope_name):
        raise Forbidden
