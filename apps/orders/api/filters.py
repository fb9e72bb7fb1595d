"""What the lists of version 1 may be asked."""

from typing import Any

import django_filters as filters
from django.db.models import F, Q, QuerySet

from apps.orders.models import Order, Product
from chassis.filters import TextFilter


class ProductFilters(filters.FilterSet):
    sku = TextFilter("The whole SKU", max_length=64)
    in_stock = filters.ChoiceFilter(
        label="Whether there is any left", choices=[("true", "true"), ("false", "false")], method="by_stock"
    )
    q = TextFilter("A part of the name or the SKU", max_length=200, method="search")

    class Meta:
        model = Product
        fields = ("sku", "in_stock", "q")

    def by_stock(self, products: Any, name: str, value: str) -> Any:
        return products.in_stock() if value == "true" else products.filter(on_hand__lte=F("reserved"))

    def search(self, products: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        return products.filter(Q(name__icontains=value) | Q(sku__icontains=value))


class StaffProductFilters(ProductFilters):
    """Only staff see what is not for sale."""

    status = filters.ChoiceFilter(label="What is sold, prepared or archived", choices=Product.Status.choices)


class OrderFilters(filters.FilterSet):
    status = filters.ChoiceFilter(label="How far the order is", choices=Order.Status.choices)
    payment_status = filters.ChoiceFilter(
        label="How far its payment is", choices=[(status, status) for status in Order.PAYMENT_STATUSES]
    )
    number = TextFilter("The number that people read aloud", max_length=9)

    class Meta:
        model = Order
        fields = ("status", "payment_status", "number")


class StaffOrderFilters(OrderFilters):
    """Staff look for customers too."""

    customer_id = TextFilter("Who ordered", max_length=30)
    email = TextFilter("The whole address, in any spelling", max_length=254, lookup_expr="iexact")
