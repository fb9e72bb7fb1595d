"""Orders over HTTP: each view reads the request, calls one service, shows the result, in every version."""

from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders import problems
from apps.orders.api import filters, pages
from apps.orders.api.receipts import receipt
from apps.orders.api.v2 import serializers
from apps.orders.models import Order, Product
from apps.orders.permissions import (
    MayFulfil,
    MayKeepCatalogue,
    MayKnowCustomers,
    MayListOrders,
    MayMoveStock,
    MayRefund,
    MayUseOrders,
    require_own_or,
)
from apps.orders.services.catalogue import archive_product, change_product, create_product, move_stock, replace_prices
from apps.orders.services.claiming import claim_order
from apps.orders.services.customers import customer_of
from apps.orders.services.ending import cancel_order
from apps.orders.services.fulfilling import complete_order
from apps.orders.services.paying import open_payment
from apps.orders.services.placing import Wanted, place_order, quote
from apps.orders.services.refunding import refund_order, submit
from chassis.callers import Caller
from chassis.formats import PlainText
from chassis.idempotency import command_key
from chassis.methods import Method, Shape
from chassis.permissions import Anyone, People
from chassis.problems import AmountBelowMinimum, CurrencyNotCollected, InvalidRequest, InvalidState
from chassis.signing import new_secret
from chassis.views import ListView, View

PUBLIC = "public, max-age=0, must-revalidate"
BASKET_REFUSALS = (problems.ProductUnavailable, problems.QuantityLimit, problems.CurrencyNotSupported)


class ProductView(View):
    """Everybody sees products; who keeps the stock sees the stock too."""

    permission_classes = [MayKeepCatalogue]
    html = pages.PRODUCT

    @property
    def cache_control(self) -> str:  # type: ignore[override]  # only the anonymous answer is everybody's
        return PUBLIC if self.caller.is_anonymous else "private, no-cache"

    def shape(self, newest: Shape) -> Shape:
        """The stock is for those who keep it."""
        keeps_stock = self.is_described or self.caller.may("stock:read")
        hides = newest is serializers.StaffProduct and not keeps_stock
        return super().shape(serializers.ShownProduct if hides else newest)

    def product(self, id: str) -> Product:
        found = Product.objects.seen_by(self.caller).filter(pk=id).prefetch_related("prices").first()
        if found is None:
            raise Http404
        return found


class ProductList(ProductView, ListView):
    """The catalogue."""

    orderings = ("-created_at", "created_at", "name", "-name")
    methods = {
        "GET": Method("List products", lists=serializers.StaffProduct),
        "POST": Method(
            "Create a product",
            reads=serializers.NewProduct,
            shows={201: serializers.StaffProduct},
            refuses=(problems.SkuTaken,),
        ),
    }

    @property
    def filterset_class(self) -> Any:
        keeps_stock = self.is_described or self.caller.may("stock:read")
        return filters.StaffProductFilters if keeps_stock else filters.ProductFilters

    def get(self, request: Request) -> Response:
        return self.page(Product.objects.seen_by(self.caller))

    def post(self, request: Request) -> Response:
        product = create_product(**self.read())
        return self.show(product, status=201, location=f"/{request.version}/products/{product.id}")


class ProductDetail(ProductView):
    """One product. Deleting archives it: what was sold keeps its name."""

    methods = {
        "GET": Method("Read a product", shows={200: serializers.StaffProduct}),
        "PATCH": Method(
            "Change a product",
            reads=serializers.ChangeProduct,
            shows={200: serializers.StaffProduct},
            refuses=(problems.SkuTaken,),
            compares=True,
        ),
        "DELETE": Method("Archive a product", shows={204: None}),
    }

    def get(self, request: Request, id: str) -> Response:
        return self.show_row(Product.objects.seen_by(self.caller).filter(pk=id))

    def patch(self, request: Request, id: str) -> Response:
        product = self.product(id)
        self.require_version(product)
        return self.show(change_product(product=product, **self.read()))

    def delete(self, request: Request, id: str) -> Response:
        archive_product(product=self.product(id))
        return Response(status=204)


class ProductPrices(ProductView):
    """What a product costs, in each currency."""

    html = pages.PRICES
    methods = {
        "PUT": Method(
            "Replace the prices of a product",
            reads=serializers.PricesBody,
            shows={200: serializers.StaffProduct},
            compares=True,
        )
    }

    def put(self, request: Request, id: str) -> Response:
        product = self.product(id)
        self.require_version(product)
        return self.show(replace_prices(product=product, **self.read()))


class StockMovements(ListView):
    """What came in and went out, and why."""

    permission_classes = [MayMoveStock]
    html = pages.MOVEMENT
    idempotency = "required"
    methods = {
        "GET": Method("List the stock movements of a product", lists=serializers.ShownMovement),
        "POST": Method(
            "Book a stock movement",
            reads=serializers.MoveStock,
            shows={201: serializers.ShownMovement},
            refuses=(problems.StockBelowReserved,),
        ),
    }

    def get(self, request: Request, id: str) -> Response:
        return self.page(self._product(id).movements.all())

    def post(self, request: Request, id: str) -> Response:
        movement = move_stock(product_id=self._product(id).id, actor=self.caller.id, **self.read())
        return self.show(movement, status=201)

    def _product(self, id: str) -> Product:
        found = Product.objects.filter(pk=id).first()
        if found is None:
            raise Http404
        return found


class Quotes(View):
    """What a basket costs now; nothing is held."""

    permission_classes = [Anyone]
    methods = {
        "POST": Method(
            "Quote a basket",
            reads=serializers.Basket,
            shows={200: serializers.ShownQuote},
            refuses=BASKET_REFUSALS,
        )
    }

    def post(self, request: Request) -> Response:
        body = self.read()
        return self.show(quote(lines=_wanted(body), currency=body["currency"]))


class OrderView(View):
    """The orders that the caller may see; others do not exist for them."""

    permission_classes = [MayUseOrders]
    html = pages.ORDER
    reads_headers = {"X-Order-Token": "What opens a guest's order: its `guest_token`"}

    def orders(self) -> Any:
        return Order.objects.seen_by(self.caller, self.request.headers.get("X-Order-Token", ""))

    def order(self, id: str) -> Order:
        found: Order | None = self.orders().filter(pk=id).prefetch_related("lines").first()
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
    reads_headers = {}
    throttle_scopes = {"POST": "place"}
    idempotency = "required"
    orderings = ("-created_at", "created_at", "total", "-total")
    methods = {
        "GET": Method("List orders", lists=serializers.ShownOrder),
        "POST": Method(
            "Place an order",
            reads=serializers.NewOrder,
            shows={201: serializers.PlacedOrder},
            refuses=(
                *BASKET_REFUSALS,
                problems.InsufficientStock,
                problems.ShippingNotAvailable,
                problems.TotalMismatch,
            ),
        ),
    }

    @property
    def filterset_class(self) -> Any:
        is_staff = self.is_described or self.caller.may("orders:read")
        return filters.StaffOrderFilters if is_staff else filters.OrderFilters

    def get(self, request: Request) -> Response:
        return self.page(self.orders())

    def post(self, request: Request) -> Response:
        body = self.read()
        lines, buyer = _wanted(body), _buyer(self.caller, body.pop("email", ""))
        order = place_order(**{**body, "lines": lines, **buyer})
        once = {"guest_token": buyer["guest_token"]} if buyer["guest_token"] else {}
        return self.show(order, status=201, location=f"/{request.version}/orders/{order.id}", **once)


class OrderDetail(OrderView):
    """One order; as plain text, its receipt."""

    as_text = staticmethod(receipt)
    methods = {"GET": Method("Read an order", shows={200: serializers.ShownOrder})}

    def get(self, request: Request, id: str) -> Response:
        if request.accepted_renderer.format == PlainText.format:
            return self.show(self.order(id))
        return self.show_row(self.orders().filter(pk=id))


class OrderCustomer(OrderView):
    """Who placed an order, for those who keep the shop; 503 only while users is down and was never asked for them."""

    permission_classes = [MayKnowCustomers]
    html = pages.CUSTOMER
    reads_headers = {}
    methods = {
        "GET": Method(
            "Read the customer of an order",
            shows={200: serializers.ShownCustomer},
            refuses=(problems.PlacedByGuest,),
        )
    }

    def get(self, request: Request, id: str) -> Response:
        return self.show(customer_of(order=self.order(id)))


class Pay(OrderView):
    """Pay an order: 201 with a new payment, 200 with the open one, 202 while payments does not answer."""

    html = pages.PAYING
    throttle_scopes = {"POST": "pay"}
    idempotency = "required"
    one_transaction = False
    methods = {
        "POST": Method(
            "Pay an order",
            reads=serializers.PayBody,
            shows=dict.fromkeys((200, 201, 202), serializers.ShownOpened),
            refuses=(problems.OrderNotPayable, AmountBelowMinimum, CurrencyNotCollected),
        )
    }

    def post(self, request: Request, id: str) -> Response:
        order = self.order_to_act_on(id, scope="payments:write")
        opened = open_payment(order=order, provider=self.read()["provider"])
        if opened.payment is None:
            return self.show(opened, status=202)
        return self.show(opened, status=201 if opened.is_new else 200, location=f"/v1/payments/{opened.payment.id}")


class Cancel(OrderView):
    """Cancel an order: its stock returns, and so does the money."""

    html = pages.CANCELLING
    one_transaction = False
    methods = {
        "POST": Method(
            "Cancel an order",
            reads=serializers.CancelBody,
            shows={200: serializers.ShownOrder},
            refuses=(InvalidState,),
        )
    }

    def post(self, request: Request, id: str) -> Response:
        order = self.order_to_act_on(id, scope="orders:cancel")
        reason = self.read()["reason"]
        return self.show(cancel_order(order=order, reason=reason, cancelled_by=self.caller.id))


class Claim(OrderView):
    """A guest's order becomes that of whoever signs in and has its token, in `X-Order-Token` or in the body."""

    permission_classes = [People]
    methods = {"POST": Method("Claim an order", reads=serializers.ClaimBody, shows={200: serializers.ShownOrder})}

    def post(self, request: Request, id: str) -> Response:
        token = self.read().get("guest_token") or request.headers.get("X-Order-Token", "")
        return self.show(claim_order(order_id=id, guest_token=token, customer_id=self.caller.id))


class Complete(OrderView):
    """End an order of which everything is sent, without having heard of every delivery."""

    permission_classes = [MayFulfil]
    reads_headers = {}
    methods = {
        "POST": Method(
            "Complete an order",
            reads=serializers.Nothing,
            shows={200: serializers.ShownOrder},
            refuses=(InvalidState,),
        )
    }

    def post(self, request: Request, id: str) -> Response:
        self.read()
        return self.show(complete_order(order=self.order(id)))


class Refunds(OrderView, ListView):
    """What of an order's money was given back, or is about to be."""

    permission_classes = [MayRefund]
    html = pages.REFUND
    idempotency = "required"
    one_transaction = False
    methods = {
        "GET": Method("List the refunds of an order", lists=serializers.ShownRefund),
        "POST": Method(
            "Refund an order",
            reads=serializers.RefundBody,
            shows={201: serializers.ShownRefund},
            refuses=(problems.NothingToRefund, problems.RefundExceedsPaid, problems.CurrencyMismatch),
        ),
    }

    def get(self, request: Request, id: str) -> Response:
        return self.page(self.order(id).refund_requests.all())

    def post(self, request: Request, id: str) -> Response:
        asked = {**self.read(), "command_key": command_key(request)}
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
