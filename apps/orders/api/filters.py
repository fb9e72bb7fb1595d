"""What the lists of version 1 may be asked."""

from typing import Any

import django_filters as filters
from django.db.models import F, Q, QuerySet

from apps.orders.models import Order, Product


class ProductFilters(filters.FilterSet):
    sku = filters.CharFilter()
    in_stock = filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="by_stock")
    q = filters.CharFilter(method="search")

    class Meta:
        model = Product
        fields = ("sku", "in_stock", "q")

    def by_stock(self, products: Any, name: str, value: str) -> Any:
        return products.in_stock() if value == "true" else products.filter(on_hand__lte=F("reserved"))

    def search(self, products: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        return products.filter(Q(name__icontains=value) | Q(sku__icontains=value))


class StaffProductFilters(ProductFilters):
    """Only staff see what is not for sale."""

    status = filters.ChoiceFilter(choices=Product.Status.choices)


class OrderFilters(filters.FilterSet):
    status = filters.ChoiceFilter(choices=Order.Status.choices)
    payment_status = filters.ChoiceFilter(choices=[(status, status) for status in Order.PAYMENT_STATUSES])
    number = filters.CharFilter()

    class Meta:
        model = Order
        fields = ("status", "payment_status", "number")


class StaffOrderFilters(OrderFilters):
    """Staff look for customers too."""

    customer_id = filters.CharFilter()
    email = filters.CharFilter(lookup_expr="iexact")
