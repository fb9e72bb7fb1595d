"""What has happened to an order: the facts that it announced, as its buyer or as staff may read them."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders.api import pages
from apps.orders.api.rows import buyers_of
from apps.orders.api.views import OrderView
from apps.orders.events import GUEST
from apps.orders.models import OutboxEvent
from chassis.methods import Method, Shape
from chassis.projections import Projection, Row, milliseconds
from chassis.serializers import AnyObject, MilliTime, Representation
from chassis.views import ListView

# What buyers read of which facts; the others are for staff.
_MONEY = ("amount", "currency")
_REFUND = ("refund_request_id", *_MONEY)
PUBLIC: Mapping[str, tuple[str, ...]] = {
    "order.placed": (),
    "order.confirmed": (),
    "order.cancelled": ("reason",),
    "order.expired": (),
    "order.completed": (),
    "order.claimed": (),
    "order.late_payment_accepted": ("payment_id",),
    "order.late_payment_refunded": ("payment_id", "refund_request_id"),
    "payment.opened": _MONEY,
    "payment.authorized": ("payment_id", *_MONEY),
    "refund_request.created": _REFUND,
    "refund_request.succeeded": _REFUND,
    "refund_request.failed": _REFUND,
    "fulfillment.shipped": ("fulfillment_id", "carrier", "tracking_number", "tracking_url"),
    "fulfillment.delivered": ("fulfillment_id",),
    "fulfillment.cancelled": ("fulfillment_id",),
}
# Of an order it is told what became of refunds; that they were asked for as refund requests is how it is done.
TYPES = {
    "refund_request.created": "refund.requested",
    "refund_request.succeeded": "refund.succeeded",
    "refund_request.failed": "refund.failed",
}
# What every entry says already.
SAID = {"order_id", "actor"}


def _for_staff(rows: list[Row]) -> list[Row]:
    return [
        _entry(row, _actor(row), {name: value for name, value in row["data"].items() if name not in SAID})
        for row in rows
    ]


def _for_buyers(rows: list[Row]) -> list[Row]:
    buyers = buyers_of(row["stream"] for row in rows)
    return [
        _entry(row, _without_name(_actor(row), buyers.get(row["stream"])), _public(row["type"], row["data"]))
        for row in rows
    ]


def _entry(row: Row, actor: str, data: Row) -> Row:
    at = milliseconds(row["occurred_at"])
    return {"id": row["id"], "type": TYPES.get(row["type"], row["type"]), "at": at, "actor": actor, "data": data}


def _public(type: str, data: Row) -> Row:
    return {name: data[name] for name in PUBLIC[type] if name in data}


def _actor(row: Row) -> str:
    """Facts from before anybody wrote down who acts were told by the service."""
    actor: str = row["data"].get("actor", "service:orders")
    return actor


def _without_name(actor: str, customer_id: str | None) -> str:
    is_nameless = actor in {GUEST, customer_id} or actor.startswith("service:")
    return actor if is_nameless else "staff"


class StaffEntry(Representation):
    """Something that happened to an order. `actor` is a person's or a service's id, or `guest`."""

    projection = Projection(("id", "stream", "type", "occurred_at", "data"), _for_staff)
    at = MilliTime(source="occurred_at")
    actor = serializers.CharField()
    data = AnyObject()  # type: ignore[assignment]  # DRF takes the fields out of the class

    class Meta:
        model = OutboxEvent
        fields = ("id", "type", "at", "actor", "data")

    def to_representation(self, event: Any) -> Row:
        return self.projection.show([{name: getattr(event, name) for name in self.projection.columns}])[0]


class BuyersEntry(StaffEntry):
    """The same without what is for staff alone, and without their names: whoever of them acted is `staff`."""

    projection = Projection(StaffEntry.projection.columns, _for_buyers)


class Timeline(OrderView, ListView):
    """What has happened to an order, in that order."""

    html = pages.TIMELINE
    orderings = ("at", "-at")
    methods = {"GET": Method("List what has happened to an order", lists=StaffEntry)}

    @property
    def is_for_staff(self) -> bool:
        return self.is_described or self.caller.may("orders:read")

    def shape(self, newest: Shape) -> Shape:
        return super().shape(newest if self.is_for_staff else BuyersEntry)

    def get(self, request: Request, id: str) -> Response:
        # By their numbers, which are given under the order's lock: the clocks of two machines may differ.
        told = OutboxEvent.objects.filter(stream=self.order(id).id).annotate(at=F("number"))
        return self.page(told if self.is_for_staff else told.filter(type__in=PUBLIC))
