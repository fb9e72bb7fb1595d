"""Version 1 of orders: each view reads the request, calls one service, shows the result."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders.api.v1 import filters, pages, serializers
from apps.orders.models import Order, Product
from apps.orders.permissions import MayKeepCatalogue, MayListOrders, MayMoveStock, MayRefund, MayShop, require_own_or
from apps.orders.services.catalogue import archive_product, change_product, create_product, move_stock, replace_prices
from apps.orders.services.ending import cancel_order
from apps.orders.services.paying import open_payment
from apps.orders.services.placing import Wanted, place_order, quote
from apps.orders.services.refunding import refund_order, submit
from chassis.callers import Caller
from chassis.idempotency import command_key
from chassis.permissions import Anyone
from chassis.problems import InvalidRequest
from chassis.signing import new_secret
from chassis.views import ListView, View

PUBLIC = "public, max-age=0, must-revalidate"


class ProductView(View):
    """Everybody sees products; who keeps the stock sees the stock too."""

    permission_classes = [MayKeepCatalogue]
    serializer_class = serializers.ShownProduct
    html = pages.PRODUCT

    @property
    def cache_control(self) -> str:  # type: ignore[override]  # only the anonymous answer is everybody's
        return PUBLIC if self.caller.is_anonymous else "private, no-cache"

    def get_serializer_class(self) -> Any:
        keeps_stock = self.request is not None and self.caller.may("stock:read")
        return serializers.StaffProduct if keeps_stock else serializers.ShownProduct

    def product(self, id: str) -> Product:
        found = Product.objects.seen_by(self.caller).filter(pk=id).prefetch_related("prices").first()
        if found is None:
            raise Http404
        return found


class ProductList(ProductView, ListView):
    """The catalogue."""

    orderings = ("-created_at", "created_at", "name", "-name")

    @property
    def filterset_class(self) -> Any:
        keeps_stock = self.is_described or self.caller.may("stock:read")
        return filters.StaffProductFilters if keeps_stock else filters.ProductFilters

    @extend_schema(responses=serializers.ShownProduct(many=True))
    def get(self, request: Request) -> Response:
        return self.page(Product.objects.seen_by(self.caller).prefetch_related("prices"))

    @extend_schema(request=serializers.NewProduct, responses={201: serializers.ShownProduct})
    def post(self, request: Request) -> Response:
        product = create_product(**self.read(serializers.NewProduct))
        return self.show(product, status=201, location=f"/v1/products/{product.id}")


class ProductDetail(ProductView):
    """One product. Deleting archives it: what was sold keeps its name."""

    @extend_schema(responses=serializers.ShownProduct)
    def get(self, request: Request, id: str) -> Response:
        return self.show(self.product(id))

    @extend_schema(request=serializers.ChangeProduct, responses=serializers.ShownProduct)
    def patch(self, request: Request, id: str) -> Response:
        product = self.product(id)
        self.require_version(product)
        return self.show(change_product(product=product, **self.read(serializers.ChangeProduct)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: str) -> Response:
        archive_product(product=self.product(id))
        return Response(status=204)


class ProductPrices(ProductView):
    """What a product costs, in each currency."""

    html = pages.PRICES

    @extend_schema(request=serializers.PricesBody, responses=serializers.ShownProduct)
    def put(self, request: Request, id: str) -> Response:
        product = self.product(id)
        self.require_version(product)
        return self.show(replace_prices(product=product, **self.read(serializers.PricesBody)))


class StockMovements(ListView):
    """What came in and went out, and why."""

    permission_classes = [MayMoveStock]
    serializer_class = serializers.ShownMovement
    html = pages.MOVEMENT
    idempotency = "required"

    @extend_schema(responses=serializers.ShownMovement(many=True))
    def get(self, request: Request, id: str) -> Response:
        return self.page(self._product(id).movements.all())

    @extend_schema(request=serializers.MoveStock, responses={201: serializers.ShownMovement})
    def post(self, request: Request, id: str) -> Response:
        body = self.read(serializers.MoveStock)
        movement = move_stock(product_id=self._product(id).id, actor=self.caller.id, **body)
        return self.show(movement, status=201)

    def _product(self, id: str) -> Product:
        found = Product.objects.filter(pk=id).first()
        if found is None:
            raise Http404
        return found


class Quotes(View):
    """What a basket costs now; nothing is held."""

    permission_classes = [Anyone]
    serializer_class = serializers.ShownQuote

    @extend_schema(request=serializers.Basket, responses=serializers.ShownQuote)
    def post(self, request: Request) -> Response:
        body = self.read(serializers.Basket)
        return self.show(quote(lines=_wanted(body), currency=body["currency"]))


class OrderView(View):
    """The orders that the caller may see; others do not exist for them."""

    permission_classes = [MayShop]
    serializer_class: Any = serializers.ShownOrder
    html = pages.ORDER

    def orders(self) -> Any:
        token = self.request.headers.get("X-Order-Token", "")
        return Order.objects.seen_by(self.caller, token).prefetch_related("lines")

    def order(self, id: str) -> Order:
        found: Order | None = self.orders().filter(pk=id).first()
        if found is None:
            raise Http404
        return found

    def order_to_act_on(self, id: str, *, scope: str) -> Order:
        order = self.order(id)
        require_own_or(scope, self.caller, order.customer_id)
        return order


class OrderList(OrderView, ListView):
    """One's own orders; all of them for staff."""

    permission_classes = [MayListOrders]
    idempotency = "required"
    orderings = ("-created_at", "created_at", "total", "-total")

    @property
    def filterset_class(self) -> Any:
        is_staff = self.is_described or self.caller.may("orders:read")
        return filters.StaffOrderFilters if is_staff else filters.OrderFilters

    @extend_schema(responses=serializers.ShownOrder(many=True))
    def get(self, request: Request) -> Response:
        return self.page(self.orders())

    @extend_schema(request=serializers.NewOrder, responses={201: serializers.PlacedOrder})
    def post(self, request: Request) -> Response:
        body = self.read(serializers.NewOrder)
        lines, buyer = _wanted(body), _buyer(self.caller, body.pop("email", ""))
        order = place_order(**{**body, "lines": lines, **buyer})
        once = {"guest_token": buyer["guest_token"]} if buyer["guest_token"] else {}
        return self.show(order, status=201, location=f"/v1/orders/{order.id}", **once)


class OrderDetail(OrderView):
    @extend_schema(responses=serializers.ShownOrder)
    def get(self, request: Request, id: str) -> Response:
        return self.show(self.order(id))


class Pay(OrderView):
    """Pay an order: 201 with a new payment, 200 with the open one, 202 while payments does not answer."""

    serializer_class = serializers.ShownOpened
    html = pages.PAYING
    idempotency = "required"
    one_transaction = False

    @extend_schema(request=serializers.PayBody, responses=dict.fromkeys((200, 201, 202), serializers.ShownOpened))
    def post(self, request: Request, id: str) -> Response:
        order = self.order_to_act_on(id, scope="payments:write")
        opened = open_payment(order=order, provider=self.read(serializers.PayBody)["provider"])
        if opened.payment is None:
            return self.show(opened, status=202)
        return self.show(opened, status=201 if opened.is_new else 200, location=f"/v1/payments/{opened.payment.id}")


class Cancel(OrderView):
    """Cancel an order: its stock returns, and so does the money."""

    html = pages.CANCELLING
    one_transaction = False

    @extend_schema(request=serializers.CancelBody, responses=serializers.ShownOrder)
    def post(self, request: Request, id: str) -> Response:
        order = self.order_to_act_on(id, scope="orders:cancel")
        reason = self.read(serializers.CancelBody)["reason"]
        return self.show(cancel_order(order=order, reason=reason, cancelled_by=self.caller.id))


class Refunds(OrderView, ListView):
    """What of an order's money was given back, or is about to be."""

    permission_classes = [MayRefund]
    serializer_class = serializers.ShownRefund
    html = pages.REFUND
    idempotency = "required"
    one_transaction = False

    @extend_schema(responses=serializers.ShownRefund(many=True))
    def get(self, request: Request, id: str) -> Response:
        return self.page(self.order(id).refund_requests.all())

    @extend_schema(request=serializers.RefundBody, responses={201: serializers.ShownRefund})
    def post(self, request: Request, id: str) -> Response:
        asked = {**self.read(serializers.RefundBody), "command_key": command_key(request)}
        refund = refund_order(order=self.order(id), created_by=self.caller.id, **asked)
        submit(refund)
        return self.show(refund, status=201)


def _wanted(body: dict[str, Any]) -> list[Wanted]:
    return [Wanted(**line) for line in body["lines"]]


def _buyer(caller: Caller, email: str) -> dict[str, Any]:
    """A person buys with their own address; a guest says one, and gets a token instead of an account."""
    if caller.kind == "user":
        if email:
            raise _email_problem("Yours is in your account", "not_for_customers")
        return {"customer_id": caller.id, "email": caller.email, "guest_token": ""}
    if not email:
        raise _email_problem("A guest says where to write to", "required")
    return {"customer_id": None, "email": email, "guest_token": new_secret()}


def _email_problem(message: str, code: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": "/email", "code": code, "message": message}])
