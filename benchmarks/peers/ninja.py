"""Django Ninja as its guide teaches: schemas, `response=list[OrderOut]`, `@paginate`, an HttpBearer."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from ninja import Field, Header, NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.pagination import CursorPagination, paginate
from ninja.security import HttpBearer

from apps.orders.models import Order
from benchmarks.peers.callers import Caller, WrongToken, caller_of
from benchmarks.peers.links import links_of
from benchmarks.peers.placing import Refused, place_once


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        try:
            return caller_of(token)
        except WrongToken:
            return None


class Money(Schema):
    amount: int
    currency: str


def money(name: str) -> Any:
    """The resolver of the amount `name`, with its currency."""

    def resolve(thing: Any) -> dict[str, Any]:
        order = thing if isinstance(thing, Order) else thing.order
        return {"amount": getattr(thing, name), "currency": order.currency}

    return staticmethod(resolve)


class Link(Schema):
    href: str
    method: str


class AnyLine(Schema):
    id: str
    product_id: str
    sku: str
    name: str
    quantity: int
    quantity_fulfilled: int
    quantity_refunded: int
    tax_rate: Decimal


class LineOut(AnyLine):
    unit_price: int
    discount: int
    tax: int
    total: int


class AnyOrder(Schema):
    id: str
    number: str
    status: str
    payment_status: str
    fulfillment_status: str
    currency: str
    email: str
    customer_id: str | None
    shipping_address: dict[str, Any]
    customer_note: str
    placed_at: datetime
    expires_at: datetime | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    created_at: datetime
    updated_at: datetime
    version: int


class OrderOut(AnyOrder):
    lines: list[LineOut]
    subtotal: int
    discount_total: int
    tax_total: int
    shipping_total: int
    total: int
    amount_paid: int
    amount_refunded: int
    amount_due: int
    allowed_actions: list[str]


class LineWithMoney(AnyLine):
    unit_price: Money
    discount: Money
    net: Money
    tax: Money
    total: Money

    resolve_unit_price = money("unit_price")
    resolve_discount = money("discount")
    resolve_net = money("net")
    resolve_tax = money("tax")
    resolve_total = money("total")


class OrderWithMoney(AnyOrder):
    lines: list[LineWithMoney]
    subtotal: Money
    discount_total: Money
    tax_total: Money
    shipping_total: Money
    total: Money
    amount_paid: Money
    amount_refunded: Money
    amount_due: Money
    completed_at: datetime | None
    links: dict[str, Link]

    resolve_subtotal = money("subtotal")
    resolve_discount_total = money("discount_total")
    resolve_tax_total = money("tax_total")
    resolve_shipping_total = money("shipping_total")
    resolve_total = money("total")
    resolve_amount_paid = money("amount_paid")
    resolve_amount_refunded = money("amount_refunded")
    resolve_amount_due = money("amount_due")

    @staticmethod
    def resolve_links(order: Order) -> dict[str, dict[str, str]]:
        return links_of(order.id, order.allowed_actions)


class LineIn(Schema):
    product_id: Annotated[str, Field(max_length=30)]
    quantity: Annotated[int, Field(ge=1, le=10**6)]


class AddressIn(Schema):
    recipient: Annotated[str, Field(min_length=1, max_length=200)]
    company: Annotated[str, Field(max_length=200)] = ""
    line1: Annotated[str, Field(min_length=1, max_length=200)]
    line2: Annotated[str, Field(max_length=200)] = ""
    city: Annotated[str, Field(min_length=1, max_length=100)]
    region: Annotated[str, Field(max_length=100)] = ""
    postal_code: Annotated[str, Field(max_length=20)] = ""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    phone: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$")] | None = None


class OrderIn(Schema):
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=2000)]
    shipping_address: AddressIn
    customer_note: Annotated[str, Field(max_length=500)] = ""


api = NinjaAPI(auth=Bearer())


def add_operations(version: str, shape: type[AnyOrder]) -> None:
    """The same operations in each version."""

    @api.get(f"/{version}/orders", response=list[shape])
    @paginate
    def list_orders(request: HttpRequest) -> QuerySet[Order]:
        return _orders(request).order_by("-created_at")

    @api.get(f"/{version}/orders-by-cursor", response=list[shape])
    @paginate(CursorPagination, ordering=("-created_at",))
    def list_orders_by_cursor(request: HttpRequest) -> QuerySet[Order]:
        return _orders(request)

    @api.get(f"/{version}/orders/{{order_id}}", response=shape)
    def get_order(request: HttpRequest, order_id: str) -> Order:
        return get_object_or_404(_orders(request), id=order_id)

    @api.post(f"/{version}/orders", response={201: shape})
    def create_order(
        request: HttpRequest, wanted: OrderIn, idempotency_key: Annotated[str, Header(alias="Idempotency-Key")]
    ) -> HttpResponse:
        def show(order: Order) -> bytes:
            return shape.from_orm(order).model_dump_json().encode()

        try:
            answer = place_once(request.auth, idempotency_key, wanted.dict(), show)
        except Refused as exc:
            raise HttpError(422, str(exc)) from exc
        return HttpResponse(answer, status=201, content_type="application/json")


def _orders(request: HttpRequest) -> QuerySet[Order]:
    orders = Order.objects.prefetch_related("lines")
    return orders if request.auth.is_staff else orders.filter(customer_id=request.auth.id)


add_operations("v1", OrderOut)
add_operations("v2", OrderWithMoney)
urlpatterns = [path("", api.urls)]
