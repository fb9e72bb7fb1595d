"""Django REST framework as usually written: a ModelViewSet, ModelSerializers, prefetched lines, its own pagination."""

from typing import Any

from django.http import HttpResponse
from django.urls import include, path
from rest_framework import exceptions, serializers, viewsets
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter

from apps.orders.models import Order, OrderLine
from benchmarks.peers.callers import Caller, WrongToken, caller_of
from benchmarks.peers.links import links_of
from benchmarks.peers.placing import Refused, place_once


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            return caller_of(token), token
        except WrongToken as exc:
            raise exceptions.AuthenticationFailed from exc

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = OrderLine
        fields = [
            *("id", "product_id", "sku", "name", "unit_price", "quantity", "quantity_fulfilled", "quantity_refunded"),
            *("discount", "tax_rate", "tax", "total"),
        ]


class OrderSerializer(serializers.ModelSerializer):
    lines = LineSerializer(many=True, read_only=True)

    class Meta:
        model = Order
        fields = [
            *("id", "number", "status", "payment_status", "fulfillment_status", "currency", "email", "customer_id"),
            *("lines", "subtotal", "discount_total", "tax_total", "shipping_total", "total"),
            *("amount_paid", "amount_refunded", "amount_due", "shipping_address", "customer_note"),
            *("placed_at", "expires_at", "confirmed_at", "cancelled_at", "cancel_reason", "allowed_actions"),
            *("created_at", "updated_at", "version"),
        ]


class Money(serializers.Field):
    """The amount that the field is named after, with its currency."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True)

    def to_representation(self, thing: Any) -> dict[str, Any]:
        order = thing if isinstance(thing, Order) else thing.order
        return {"amount": getattr(thing, self.field_name), "currency": order.currency}


class LineWithMoney(LineSerializer):
    unit_price, discount, net, tax, total = (Money() for _ in range(5))

    class Meta(LineSerializer.Meta):
        fields = [*LineSerializer.Meta.fields, "net"]


class OrderWithMoney(OrderSerializer):
    lines = LineWithMoney(many=True, read_only=True)
    subtotal, discount_total, tax_total, shipping_total, total = (Money() for _ in range(5))
    amount_paid, amount_refunded, amount_due = (Money() for _ in range(3))
    links = serializers.SerializerMethodField()

    class Meta(OrderSerializer.Meta):
        shared = (name for name in OrderSerializer.Meta.fields if name != "allowed_actions")
        fields = [*shared, "completed_at", "links"]

    def get_links(self, order: Order) -> dict[str, dict[str, str]]:
        return links_of(order.id, order.allowed_actions)


class NewLineSerializer(serializers.Serializer):
    product_id = serializers.CharField(max_length=30)
    quantity = serializers.IntegerField(min_value=1, max_value=10**6)


class AddressSerializer(serializers.Serializer):
    recipient = serializers.CharField(max_length=200)
    company = serializers.CharField(max_length=200, allow_blank=True, default="")
    line1 = serializers.CharField(max_length=200)
    line2 = serializers.CharField(max_length=200, allow_blank=True, default="")
    city = serializers.CharField(max_length=100)
    region = serializers.CharField(max_length=100, allow_blank=True, default="")
    postal_code = serializers.CharField(max_length=20, allow_blank=True, default="")
    country = serializers.RegexField(r"^[A-Z]{2}$")
    phone = serializers.RegexField(r"^\+[1-9][0-9]{1,14}$", allow_null=True, default=None)


class NewOrderSerializer(serializers.Serializer):
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    lines = NewLineSerializer(many=True, allow_empty=False, max_length=2000)
    shipping_address = AddressSerializer()
    customer_note = serializers.CharField(max_length=500, allow_blank=True, default="")


class OrderViewSet(viewsets.ModelViewSet):
    serializer_class = OrderSerializer
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        orders = Order.objects.prefetch_related("lines").order_by("-created_at")
        return orders if self.request.user.is_staff else orders.filter(customer_id=self.request.user.id)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        wanted = NewOrderSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        try:
            answer = place_once(request.user, request.headers["Idempotency-Key"], wanted.validated_data, self._show)
        except Refused as exc:
            raise exceptions.ValidationError(str(exc)) from exc
        return HttpResponse(answer, status=201, content_type="application/json")

    def _show(self, order: Order) -> bytes:
        return JSONRenderer().render(self.get_serializer(order).data)


class OrderWithMoneyViewSet(OrderViewSet):
    serializer_class = OrderWithMoney


class Newest(CursorPagination):
    ordering = "-created_at"


class OrdersByCursor(OrderWithMoneyViewSet):
    pagination_class = Newest


router = SimpleRouter(trailing_slash=False)
router.register("v1/orders", OrderViewSet, basename="order")
router.register("v2/orders", OrderWithMoneyViewSet, basename="order-with-money")
router.register("v2/orders-by-cursor", OrdersByCursor, basename="order-by-cursor")
urlpatterns = [path("", include(router.urls))]
