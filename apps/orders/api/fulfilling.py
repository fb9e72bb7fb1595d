"""What is sent of an order, the same in every version: there is no money in it."""

from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders.api import pages
from apps.orders.api.rows import parcels_of
from apps.orders.api.v2.serializers import MAX_LINES, MAX_QUANTITY, Nothing
from apps.orders.api.views import OrderView
from apps.orders.models import Fulfillment, FulfillmentLine
from apps.orders.permissions import MayFulfil
from apps.orders.problems import QuantityExceedsOrdered
from apps.orders.services.fulfilling import Parcel, cancel_fulfillment, create_fulfillment
from apps.orders.services.shipping import deliver_fulfillment, ship_fulfillment
from chassis.methods import Method
from chassis.problems import InvalidState
from chassis.projections import Projection, Row, milliseconds
from chassis.serializers import Code, Integer, Representation, Strict, Text
from chassis.views import ListView

COLUMNS = (
    *("id", "order_id", "status", "carrier", "tracking_number", "tracking_url", "shipped_at", "delivered_at"),
    *("created_at", "updated_at", "version"),
)


class ParcelBody(Strict):
    line_id = Text(max_length=30)
    quantity = Integer(min_value=1, max_value=MAX_QUANTITY)


class NewFulfillment(Strict):
    lines = ParcelBody(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]  # many=True takes it


class ShipBody(Strict):
    """How it travels; nothing need be said of a letter."""

    carrier = Text(max_length=100, allow_blank=True, default="")
    tracking_number = Text(max_length=100, allow_blank=True, default="")
    tracking_url = Code("https://[!-~]{1,490}", longest=498, required=False)


class ShownParcel(Representation):
    class Meta:
        model = FulfillmentLine
        fields = ("line_id", "quantity")


def _fulfillments(rows: list[Row]) -> list[Row]:
    parcels = parcels_of(rows)
    return [
        {
            "id": row["id"],
            "order_id": row["order_id"],
            "status": row["status"],
            "lines": parcels[row["id"]],
            "carrier": row["carrier"],
            "tracking_number": row["tracking_number"],
            "tracking_url": row["tracking_url"],
            "shipped_at": milliseconds(row["shipped_at"]),
            "delivered_at": milliseconds(row["delivered_at"]),
            "created_at": milliseconds(row["created_at"]),
            "updated_at": milliseconds(row["updated_at"]),
            "version": row["version"],
        }
        for row in rows
    ]


class ShownFulfillment(Representation):
    """Units of an order that travel together, and how far they are."""

    projection = Projection(COLUMNS, _fulfillments)
    lines = ShownParcel(many=True)

    class Meta:
        model = Fulfillment
        fields = (
            *("id", "order_id", "status", "lines", "carrier", "tracking_number", "tracking_url"),
            *("shipped_at", "delivered_at", "created_at", "updated_at", "version"),
        )


class Fulfillments(OrderView, ListView):
    """What is put aside, sent and delivered of an order."""

    permission_classes = [MayFulfil]
    html = pages.FULFILLMENT
    idempotency = "required"
    methods = {
        "GET": Method("List the fulfillments of an order", lists=ShownFulfillment),
        "POST": Method(
            "Put units of an order aside to be sent",
            reads=NewFulfillment,
            shows={201: ShownFulfillment},
            refuses=(InvalidState, QuantityExceedsOrdered),
        ),
    }

    def get(self, request: Request, id: str) -> Response:
        return self.page(self.order(id).fulfillments.all())

    def post(self, request: Request, id: str) -> Response:
        lines = [Parcel(**line) for line in self.read()["lines"]]
        made = create_fulfillment(order=self.order(id), lines=lines)
        return self.show(made, status=201, location=f"/{request.version}/orders/{id}/fulfillments/{made.id}")


class FulfillmentView(OrderView):
    """A fulfillment of an order that the caller may see."""

    permission_classes = [MayFulfil]
    html = pages.FULFILLMENT

    def known(self, id: str, fulfillment_id: str) -> dict[str, Any]:
        """The two, as services ask for them."""
        order = self.order(id)
        if not order.fulfillments.filter(pk=fulfillment_id).exists():
            raise Http404
        return {"order": order, "fulfillment_id": fulfillment_id}


class FulfillmentDetail(FulfillmentView):
    """One of them."""

    methods = {"GET": Method("Read a fulfillment", shows={200: ShownFulfillment})}

    def get(self, request: Request, id: str, fulfillment_id: str) -> Response:
        return self.show_row(self.order(id).fulfillments.filter(pk=fulfillment_id))


class Ship(FulfillmentView):
    """It has left the warehouse: its units are out of stock, and the customer hears how it travels."""

    html = pages.SHIPPING
    methods = {
        "POST": Method(
            "Ship a fulfillment",
            reads=ShipBody,
            shows={200: ShownFulfillment},
            refuses=(InvalidState,),
        )
    }

    def post(self, request: Request, id: str, fulfillment_id: str) -> Response:
        parcel = {"tracking_url": "", **self.read()}
        shipped = ship_fulfillment(**self.known(id, fulfillment_id), shipped_by=self.caller.id, **parcel)
        return self.show(shipped)


class Deliver(FulfillmentView):
    """It has arrived."""

    html = pages.DELIVERING
    methods = {
        "POST": Method(
            "Say that a fulfillment was delivered",
            reads=Nothing,
            shows={200: ShownFulfillment},
            refuses=(InvalidState,),
        )
    }

    def post(self, request: Request, id: str, fulfillment_id: str) -> Response:
        self.read()
        return self.show(deliver_fulfillment(**self.known(id, fulfillment_id)))


class CancelFulfillment(FulfillmentView):
    """It will not be sent; its units can be put aside anew."""

    html = pages.GIVING_UP
    methods = {
        "POST": Method(
            "Cancel a fulfillment",
            reads=Nothing,
            shows={200: ShownFulfillment},
            refuses=(InvalidState,),
        )
    }

    def post(self, request: Request, id: str, fulfillment_id: str) -> Response:
        self.read()
        return self.show(cancel_fulfillment(**self.known(id, fulfillment_id)))
