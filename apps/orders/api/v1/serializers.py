"""Bodies and representations of version 1: money in minor units beside its currency."""

from typing import Any

from rest_framework import serializers

from apps.orders.models import Order, OrderLine, Price, Product, RefundRequest, StockMovement
from chassis.serializers import Amount, Currency, Integer, Representation, Strict, Text

MAX_LINES = 2000
MAX_QUANTITY = 10**6


class PriceBody(Strict):
    currency = Currency()
    amount = Amount()


class PricesBody(Strict):
    prices = PriceBody(many=True, allow_empty=False, max_length=50)  # type: ignore[call-arg]  # many=True takes it

    def validate_prices(self, prices: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({price["currency"] for price in prices}) < len(prices):
            raise serializers.ValidationError("A currency stands twice", code="currency_twice")
        return prices


class ChangeProduct(Strict):
    """A merge patch of what staff may change about a product."""

    sku = Text(max_length=64, required=False)
    name = Text(max_length=200, required=False)
    description = Text(max_length=20_000, allow_blank=True, required=False)
    status = serializers.ChoiceField(Product.Status.choices, required=False)
    max_per_order = Integer(min_value=1, max_value=MAX_QUANTITY, allow_null=True, required=False)


class NewProduct(PricesBody, ChangeProduct):
    sku = Text(max_length=64)
    name = Text(max_length=200)


class MoveStock(Strict):
    delta = Integer(min_value=-(10**9), max_value=10**9)
    reason = serializers.ChoiceField(StockMovement.Reason.choices)
    note = Text(max_length=200, allow_blank=True, default="")

    def validate_delta(self, delta: int) -> int:
        if not delta:
            raise serializers.ValidationError("A movement moves something", code="zero")
        return delta


class LineBody(Strict):
    product_id = Text(max_length=30)
    quantity = Integer(min_value=1, max_value=MAX_QUANTITY)


class Basket(Strict):
    currency = Currency()
    lines = LineBody(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]  # many=True takes it


class AddressBody(Strict):
    recipient = Text(max_length=200)
    company = Text(max_length=200, allow_blank=True, default="")
    line1 = Text(max_length=200)
    line2 = Text(max_length=200, allow_blank=True, default="")
    city = Text(max_length=100)
    region = Text(max_length=100, allow_blank=True, default="")
    postal_code = Text(max_length=20, allow_blank=True, default="")
    country = serializers.RegexField(r"^[A-Z]{2}\Z")
    phone = serializers.RegexField(r"^\+[1-9][0-9]{1,14}\Z", allow_null=True, default=None)


class NewOrder(Basket):
    shipping_address = AddressBody()
    email = serializers.EmailField(max_length=254, required=False)
    customer_note = Text(max_length=500, allow_blank=True, default="")
    expected_total = Amount(required=False)


class PayBody(Strict):
    provider = serializers.ChoiceField(["sandbox"], default="sandbox")


class CancelBody(Strict):
    reason = Text(max_length=200, allow_blank=True, default="")


class RefundLine(Strict):
    line_id = Text(max_length=30)
    quantity = Integer(min_value=1, max_value=MAX_QUANTITY)
    restock = serializers.BooleanField(default=False)


class RefundBody(Strict):
    """Either `lines` or an `amount`."""

    amount = Amount(min_value=1, required=False)
    lines = RefundLine(many=True, required=False, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]  # many=True takes it
    reason = serializers.ChoiceField(
        ["requested_by_customer", "duplicate", "fraudulent", "other"], default="requested_by_customer"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("amount" in attrs) == ("lines" in attrs):
            raise serializers.ValidationError("Say either which lines or which amount", code="lines_or_amount")
        return attrs


class ShownPrice(Representation):
    class Meta:
        model = Price
        fields = ("currency", "amount")


class ShownProduct(Representation):
    """What everybody sees of a product."""

    prices = ShownPrice(many=True)
    availability = serializers.ChoiceField(["in_stock", "out_of_stock"])

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            *("id", "sku", "name", "description", "status", "prices", "max_per_order", "availability"),
            *("created_at", "updated_at", "version"),
        )


class StaffProduct(ShownProduct):
    """The same, with the stock."""

    available = serializers.IntegerField()

    class Meta(ShownProduct.Meta):
        fields = (*ShownProduct.Meta.fields, "on_hand", "reserved", "available")


class ShownMovement(Representation):
    class Meta:
        model = StockMovement
        fields = ("id", "product_id", "delta", "on_hand_after", "reason", "reference", "created_at")


class ShownLine(Representation):
    tax_rate = serializers.DecimalField(max_digits=6, decimal_places=5)

    class Meta:
        model = OrderLine
        fields = (
            *("id", "product_id", "sku", "name", "unit_price", "quantity", "quantity_fulfilled", "quantity_refunded"),
            *("discount", "tax_rate", "tax", "total"),
        )


class ShownOrder(Representation):
    lines = ShownLine(many=True)
    amount_due = serializers.IntegerField()
    allowed_actions = serializers.ListField(child=serializers.CharField())
    shipping_address = AddressBody()

    class Meta:
        model = Order
        fields: tuple[str, ...] = (
            *("id", "number", "status", "payment_status", "fulfillment_status", "currency", "email", "customer_id"),
            *("lines", "subtotal", "discount_total", "tax_total", "shipping_total", "total"),
            *("amount_paid", "amount_refunded", "amount_due", "shipping_address", "customer_note"),
            *("placed_at", "expires_at", "confirmed_at", "cancelled_at", "cancel_reason", "allowed_actions"),
            *("created_at", "updated_at", "version"),
        )


class QuotedLine(ShownLine):
    available = serializers.SerializerMethodField()
    available_quantity = serializers.SerializerMethodField()

    class Meta:
        model = OrderLine
        fields = (
            *("product_id", "unit_price", "quantity", "discount", "tax_rate", "tax", "total"),
            *("available", "available_quantity"),
        )

    def get_available(self, line: OrderLine) -> bool:
        quoted: bool = self.root.instance.is_available(line)  # type: ignore[union-attr]  # the Quote that is shown
        return quoted

    def get_available_quantity(self, line: OrderLine) -> int | None:
        """Exact stock is not public: only that there is less than was asked for, and how much."""
        return None if self.get_available(line) else line.product.available


class ShownQuote(serializers.Serializer):
    currency = serializers.CharField()
    lines = QuotedLine(many=True)
    subtotal = serializers.IntegerField()
    tax_total = serializers.IntegerField()
    shipping_total = serializers.IntegerField()
    total = serializers.IntegerField()


class ShownPayment(serializers.Serializer):
    """The payment to be made, and the token that opens it to whoever pays."""

    id = serializers.CharField()
    status = serializers.CharField()
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    payer_token = serializers.CharField()


class ShownOpened(serializers.Serializer):
    """`payment` is null while payments has not answered; ask again with a new key."""

    payment = ShownPayment(allow_null=True)
    order = ShownOrder(source="attempt.order")


class ShownRefund(Representation):
    lines = RefundLine(many=True)

    class Meta:
        model = RefundRequest
        fields = (
            *("id", "order_id", "amount", "currency", "reason", "lines", "status", "refund_id", "payment_id"),
            "created_at",
        )


class PlacedOrder(ShownOrder):
    """The order as its placing answers it: a guest gets the token that opens it, this once."""

    guest_token = serializers.CharField(required=False)

    class Meta(ShownOrder.Meta):
        fields = (*ShownOrder.Meta.fields, "guest_token")
