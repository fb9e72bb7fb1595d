"""Bodies and representations: money with its currency, the tax of each line, and links to what can be done next."""

from typing import Any

from rest_framework import serializers

from apps.orders.api.v2 import projections
from apps.orders.models import Order, OrderLine, Price, Product, RefundRequest, StockMovement
from chassis.addresses import PostalAddress
from chassis.serializers import (
    Amount,
    AnyObject,
    Boolean,
    Change,
    Currency,
    Integer,
    Links,
    MilliTime,
    Money,
    MoneyBody,
    Representation,
    Strict,
    Text,
)

MAX_LINES = 2000
# What a payment has only where its provider wants it.
WHERE_WANTED = ("client_secret", "next_action")
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
    delta = Change(min_value=-(10**9), max_value=10**9)
    reason = serializers.ChoiceField([reason for reason in StockMovement.Reason if reason != StockMovement.Reason.SALE])
    note = Text(max_length=200, allow_blank=True, default="")


class LineBody(Strict):
    product_id = Text(max_length=30)
    quantity = Integer(min_value=1, max_value=MAX_QUANTITY)


class Basket(Strict):
    currency = Currency()
    lines = LineBody(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]  # many=True takes it


class AddressBody(PostalAddress):
    pass


class OrderBody(Basket):
    """What an order is in every version."""

    shipping_address = AddressBody()
    email = serializers.EmailField(max_length=254, required=False)
    customer_note = Text(max_length=500, allow_blank=True, default="")


class NewOrder(OrderBody):
    expected_total = MoneyBody(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        expected = attrs.pop("expected_total", None)
        if expected is None:
            return attrs
        if expected["currency"] != attrs["currency"]:
            mismatch = serializers.ErrorDetail("The order has another currency", code="currency_mismatch")
            raise serializers.ValidationError({"expected_total": {"currency": [mismatch]}})
        return {**attrs, "expected_total": expected["amount"]}


class PayBody(Strict):
    provider = serializers.ChoiceField(["sandbox", "stripe"], default="sandbox")


class Nothing(Strict):
    pass


class ClaimBody(Strict):
    guest_token = Text(max_length=100, required=False)


class CancelBody(Strict):
    reason = Text(max_length=200, allow_blank=True, default="")


class RefundLine(Strict):
    line_id = Text(max_length=30)
    quantity = Integer(min_value=1, max_value=MAX_QUANTITY)
    restock = Boolean(default=False)


class LinesOrAmount(Strict):
    """What is given back: either `lines` or an `amount`, which is written as the version writes money."""

    exactly_one = ("lines", "amount")
    lines = RefundLine(many=True, required=False, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]  # many=True takes it
    reason = serializers.ChoiceField(
        ["requested_by_customer", "duplicate", "fraudulent", "other"], default="requested_by_customer"
    )


class RefundAmount(MoneyBody):
    amount = Amount(min_value=1)


class RefundBody(LinesOrAmount):
    amount = RefundAmount(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The service takes the two parts of the money apart."""
        return {**super().validate(attrs), **attrs.get("amount", {})}


class ShownPrice(Representation):
    """What one unit costs, tax included."""

    class Meta:
        model = Price
        fields = ("currency", "amount")


class ShownProduct(Representation):
    """What everybody sees of a product."""

    projection = projections.PRODUCTS
    prices = ShownPrice(many=True)
    availability = serializers.ChoiceField(["in_stock", "out_of_stock"])
    links = Links(lambda product: projections.product_links(product.id, product.status))

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            *("id", "sku", "name", "description", "status", "prices", "max_per_order", "availability"),
            *("links", "created_at", "updated_at", "version"),
        )


class StaffProduct(ShownProduct):
    """The same, with the stock for those who keep it."""

    projection = projections.STAFF_PRODUCTS
    sometimes = ("on_hand", "reserved", "available")
    available = serializers.IntegerField()
    links = Links(lambda product: projections.staff_product_links(product.id, product.status))

    class Meta(ShownProduct.Meta):
        fields = (*ShownProduct.Meta.fields, "on_hand", "reserved", "available")


class ShownMovement(Representation):
    """Why the stock of a product changed, and by how much."""

    projection = projections.MOVEMENTS

    class Meta:
        model = StockMovement
        fields = ("id", "product_id", "delta", "on_hand_after", "reason", "reference", "created_at")


class TaxRate(serializers.DecimalField):
    """A rate as a decimal fraction: `0.20000` is twenty per cent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 6, "decimal_places": 5, **options})


class ShownLine(Representation):
    """`total` is what the line costs, `net` that without its `tax`."""

    unit_price = Money("order.currency")
    discount = Money("order.currency")
    net = Money("order.currency")
    tax_rate = TaxRate()
    tax = Money("order.currency")
    total = Money("order.currency")

    class Meta:
        model = OrderLine
        fields = (
            *("id", "product_id", "sku", "name", "unit_price", "quantity", "quantity_fulfilled", "quantity_refunded"),
            *("discount", "net", "tax_rate", "tax", "total"),
        )


class ShownOrder(Representation):
    """An order with all that was agreed in it."""

    projection = projections.ORDERS
    payment_status = serializers.ChoiceField(Order.PAYMENT_STATUSES)
    fulfillment_status = serializers.ChoiceField(Order.FULFILLMENT_STATUSES)
    lines = ShownLine(many=True)
    subtotal = Money()
    discount_total = Money()
    tax_total = Money()
    shipping_total = Money()
    total = Money()
    amount_paid = Money()
    amount_refunded = Money()
    amount_due = Money()
    shipping_address = AddressBody()
    links = Links(lambda order: projections.order_links(order.id, order.allowed_actions))

    class Meta:
        model = Order
        fields: tuple[str, ...] = (
            *("id", "number", "status", "payment_status", "fulfillment_status", "currency", "email", "customer_id"),
            *("lines", "subtotal", "discount_total", "tax_total", "shipping_total", "total"),
            *("amount_paid", "amount_refunded", "amount_due", "shipping_address", "customer_note"),
            *("placed_at", "expires_at", "confirmed_at", "cancelled_at", "cancel_reason", "completed_at", "links"),
            *("created_at", "updated_at", "version"),
        )


class PlacedOrder(ShownOrder):
    """The order as its placing answers it: a guest gets the token that opens it, this once."""

    sometimes = ("guest_token",)
    guest_token = serializers.CharField(required=False)

    class Meta(ShownOrder.Meta):
        fields = (*ShownOrder.Meta.fields, "guest_token")


class ShownCustomer(serializers.Serializer):
    """The person behind a `customer_id`, as known at the moment `as_of`; `is_stale` while it cannot be asked again."""

    id = serializers.CharField()
    email = serializers.CharField()
    full_name = serializers.CharField()
    is_active = serializers.BooleanField()
    as_of = MilliTime()
    is_stale = serializers.BooleanField()


class QuotedLine(serializers.Serializer):
    """A line as it would be agreed now. Exact stock is not public: only that there is less than was asked for."""

    product_id = serializers.CharField()
    unit_price = Money()
    quantity = serializers.IntegerField()
    discount = Money()
    net = Money()
    tax_rate = TaxRate()
    tax = Money()
    total = Money()
    available = serializers.BooleanField()
    available_quantity = serializers.IntegerField(allow_null=True)


class ShownQuote(serializers.Serializer):
    """What a basket costs now, tax included."""

    currency = serializers.CharField()
    lines = QuotedLine(many=True, source="quoted")
    subtotal = Money()
    tax_total = Money()
    shipping_total = Money()
    total = Money()


class ShownPayment(serializers.Serializer):
    """The payment to be made, and the token that opens it to whoever pays.

    Where its provider wants them, also the secret to pay with, and what the payer has to do next.
    """

    id = serializers.CharField()
    status = serializers.CharField()
    amount = Money()
    payer_token = serializers.CharField()
    client_secret = serializers.CharField(required=False)
    next_action = AnyObject(required=False)

    def to_representation(self, payment: Any) -> dict[str, Any]:
        shown = super().to_representation(payment)
        return {name: value for name, value in shown.items() if name not in WHERE_WANTED or value}


class ShownOpened(serializers.Serializer):
    """`payment` is null while payments has not answered; ask again with a new key."""

    payment = ShownPayment(allow_null=True)
    order = ShownOrder(source="attempt.order")


class ShownRefund(Representation):
    """What is given back of an order, and how far that has come."""

    projection = projections.REFUNDS
    amount = Money()
    lines = RefundLine(many=True)

    class Meta:
        model = RefundRequest
        fields = ("id", "order_id", "amount", "reason", "lines", "status", "refund_id", "payment_id", "created_at")
