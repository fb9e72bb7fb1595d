"""What takes long in orders: exports of orders, and imports of the catalogue."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders.api.v2.serializers import MAX_QUANTITY
from apps.orders.models import Order, Product
from apps.orders.services.exporting import export_orders
from apps.orders.services.importing import import_products
from chassis.followers import LongWork, ShownOperation
from chassis.methods import Method
from chassis.permissions import People, scope
from chassis.problems import InvalidRequest
from chassis.serializers import MAX_AMOUNT, Currency, Strict, Text


class WantedOrders(Strict):
    """Which orders to export; all that the caller may see, where nothing is said."""

    status = serializers.ChoiceField(Order.Status.choices, required=False)
    payment_status = serializers.ChoiceField(Order.PAYMENT_STATUSES, required=False)
    placed_from = serializers.DateTimeField(required=False)
    placed_to = serializers.DateTimeField(required=False)


class ImportedProduct(Strict):
    """A row of the catalogue. Cells are text, so that numbers are read from it."""

    sku = Text(max_length=64)
    name = Text(max_length=200)
    description = Text(max_length=20_000, required=False)
    status = serializers.ChoiceField(Product.Status.choices, required=False)
    max_per_order = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY, required=False)
    currency = Currency()
    amount = serializers.IntegerField(min_value=0, max_value=MAX_AMOUNT)


class TableBody(BaseParser):
    """A table as CSV (RFC 4180) in UTF-8, as the text that it is."""

    media_type = "text/csv"

    def parse(  # type: ignore[override]  # a text is no mapping
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> str:
        try:
            return stream.read().decode()
        except UnicodeDecodeError as exc:
            raise InvalidRequest("The body is not UTF-8") from exc


class OrderExports(LongWork):
    """Orders as CSV, a row for each of their lines: one's own, or everybody's for staff."""

    permission_classes = [People | scope("orders:read")]
    methods = {"POST": Method("Export orders", reads=WantedOrders, shows={202: ShownOperation})}

    def post(self, request: Request) -> Response:
        whose = "" if self.caller.may("orders:read") else self.caller.id
        return self.accept(export_orders(owner=self.caller.id, customer_id=whose, **self.read()))


class ProductImports(LongWork):
    """A catalogue as CSV: products are made, or changed where their SKU is known."""

    permission_classes = [scope("products:write")]
    parser_classes = [TableBody]
    max_body_bytes = settings.IMPORT_MAX_BYTES
    methods = {"POST": Method("Import products", reads_as="text/csv", shows={202: ShownOperation})}

    def post(self, request: Request) -> Response:
        text = request.data if isinstance(request.data, str) else ""
        return self.accept(import_products(owner=self.caller.id, text=text))
