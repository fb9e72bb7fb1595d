"""What the lists of version 1 may be asked."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.orders.models import Order, Product


class ProductFilters(filters.FilterSet):
    sku = filters.CharFilter()
    status = filters.ChoiceFilter(choices=Product.Status.choices)
    in_stock = filters.BooleanFilter(method="only_in_stock")
    q = filters.CharFilter(method="search")

    class Meta:
        model = Product
        fields = ("sku", "status", "in_stock", "q")

    def only_in_stock(self, products: Any, name: str, value: bool) -> Any:
        return products.in_stock() if value else products

    def search(self, products: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        return products.filter(Q(name__icontains=value) | Q(sku__icontains=value))


class OrderFilters(filters.FilterSet):
    status = filters.ChoiceFilter(choices=Order.Status.choices)
    payment_status = filters.CharFilter()
    number = filters.CharFilter()

    class Meta:
        model = Order
        fields = ("status", "payment_status", "number")


class StaffOrderFilters(OrderFilters):
    """Staff look for customers too."""

    customer_id = filters.CharFilter()
    email = filters.CharFilter(lookup_expr="iexact")
