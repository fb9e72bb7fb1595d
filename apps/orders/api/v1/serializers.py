"""What version 1 writes differently: amounts in minor units beside one currency, actions by name, and no links.

`SHAPES` puts its shapes in the place of those that the views name.
"""

from collections.abc import Mapping

from rest_framework import serializers

from apps.orders.api.v1 import projections
from apps.orders.api.v2 import serializers as v2
from apps.orders.models import Order, OrderLine, Product, RefundRequest
from chassis.methods import Shape
from chassis.serializers import Amount, Representation


class NewOrder(v2.OrderBody):
    expected_total = Amount(required=False)


class RefundBody(v2.LinesOrAmount):
    amount = Amount(min_value=1, required=False)


class ShownProduct(Representation):
    """What everybody sees of a product."""

    projection = projections.PRODUCTS
    prices = v2.ShownPrice(many=True)
    availability = serializers.ChoiceField(["in_stock", "out_of_stock"])

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            *("id", "sku", "name", "description", "status", "prices", "max_per_order", "availability"),
            *("created_at", "updated_at", "version"),
        )


class StaffProduct(ShownProduct):
    """The same, with the stock for those who keep it."""

    projection = projections.STAFF_PRODUCTS
    sometimes = v2.StaffProduct.sometimes
    available = serializers.IntegerField()

    class Meta(ShownProduct.Meta):
        fields = (*ShownProduct.Meta.fields, "on_hand", "reserved", "available")


class ShownLine(Representation):
    """`total` is what the line costs, tax included."""

    tax_rate = v2.TaxRate()

    class Meta:
        model = OrderLine
        fields = (
            *("id", "product_id", "sku", "name", "unit_price", "quantity", "quantity_fulfilled", "quantity_refunded"),
            *("discount", "tax_rate", "tax", "total"),
        )


class ShownOrder(Representation):
    """An order with all that was agreed in it."""

    projection = projections.ORDERS
    payment_status = serializers.ChoiceField(Order.PAYMENT_STATUSES)
    fulfillment_status = serializers.ChoiceField(Order.FULFILLMENT_STATUSES)
    lines = ShownLine(many=True)
    amount_due = serializers.IntegerField()
    allowed_actions = serializers.ListField(child=serializers.ChoiceField(["pay", "cancel", "refund"]))
    shipping_address = v2.AddressBody()

    class Meta:
        model = Order
        fields: tuple[str, ...] = (
            *("id", "number", "status", "payment_status", "fulfillment_status", "currency", "email", "customer_id"),
            *("lines", "subtotal", "discount_total", "tax_total", "shipping_total", "total"),
            *("amount_paid", "amount_refunded", "amount_due", "shipping_address", "customer_note"),
            *("placed_at", "expires_at", "confirmed_at", "cancelled_at", "cancel_reason"),
            "allowed_actions",
            *("created_at", "updated_at", "version"),
        )


class PlacedOrder(ShownOrder):
    """The order as its placing answers it: a guest gets the token that opens it, this once."""

    sometimes = v2.PlacedOrder.sometimes
    guest_token = serializers.CharField(required=False)

    class Meta(ShownOrder.Meta):
        fields = (*ShownOrder.Meta.fields, "guest_token")


class QuotedLine(serializers.Serializer):
    """A line as it would be agreed now. Exact stock is not public: only that there is less than was asked for."""

    product_id = serializers.CharField()
    unit_price = serializers.IntegerField()
    quantity = serializers.IntegerField()
    discount = serializers.IntegerField()
    tax_rate = v2.TaxRate()
    tax = serializers.IntegerField()
    total = serializers.IntegerField()
    available = serializers.BooleanField()
    available_quantity = serializers.IntegerField(allow_null=True)


class ShownQuote(serializers.Serializer):
    """What a basket costs now, tax included."""

    currency = serializers.CharField()
    lines = QuotedLine(many=True, source="quoted")
    subtotal = serializers.IntegerField()
    tax_total = serializers.IntegerField()
    shipping_total = serializers.IntegerField()
    total = serializers.IntegerField()


class ShownPayment(v2.ShownPayment):
    """The same, with the amount beside its currency."""

    amount = serializers.IntegerField()  # type: ignore[assignment]  # what the newer version shows as one
    currency = serializers.CharField()


class ShownOpened(serializers.Serializer):
    """`payment` is null while payments has not answered; ask again with a new key."""

    payment = ShownPayment(allow_null=True)
    order = ShownOrder(source="attempt.order")


class ShownRefund(Representation):
    """What is given back of an order, and how far that has come."""

    projection = projections.REFUNDS
    lines = v2.RefundLine(many=True)

    class Meta:
        model = RefundRequest
        fields = (
            *("id", "order_id", "amount", "currency", "reason", "lines", "status", "refund_id", "payment_id"),
            "created_at",
        )


SHAPES: Mapping[Shape, Shape] = {
    v2.NewOrder: NewOrder,
    v2.RefundBody: RefundBody,
    v2.ShownProduct: ShownProduct,
    v2.StaffProduct: StaffProduct,
    v2.ShownOrder: ShownOrder,
    v2.PlacedOrder: PlacedOrder,
    v2.ShownQuote: ShownQuote,
    v2.ShownOpened: ShownOpened,
    v2.ShownRefund: ShownRefund,
}
