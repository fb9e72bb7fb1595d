"""Who may do what with payments. What somebody may not see is not there for them (404)."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.payments.models import Payment
from apps.payments.models.payments import PaymentQuerySet
from chassis.callers import Caller, caller_of
from chassis.permissions import People, scope, service


class Payer(BasePermission):
    """Whoever holds the token that pays one payment."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return caller_of(request).kind == "payer"


Readers = (
    People
    | scope("payments:read")
    | service("orders", scope="payments:write")
    | service("orders", scope="payments:read")
)
Commanders = service("orders", scope="payments:write") | scope("payments:write")
Treasurers = scope("refunds:create")
Treasury = scope("payments:write")
Refunders = service("orders", scope="payments:write") | scope("refunds:create")


def sees_all(caller: Caller) -> bool:
    """Services, staff and their programs see every payment, and what its provider calls it."""
    return bool(caller.service) or caller.may("payments:read")


def payments_visible_to(caller: Caller) -> PaymentQuerySet:
    """All of them for services and staff, one's own for a customer, the one that a payer's token names."""
    return Payment.objects.all() if sees_all(caller) else payments_payable_by(caller)


def payments_payable_by(caller: Caller) -> PaymentQuerySet:
    """One's own for a customer, and the one that a payer's token names. Nobody pays for another."""
    if caller.kind == "payer":
        return Payment.objects.filter(pk=caller.id.removeprefix("payer:"))
    return Payment.objects.of_customer(caller.id if caller.kind == "user" else "")
