"""The whole URL space of orders: the same views in every version, each with the shapes of its own."""

from collections.abc import Mapping
from typing import Any

from django.urls import include, path

from apps.orders.api import contacts, fulfilling, long_work, timelines, views
from apps.orders.api.v1.serializers import SHAPES
from chassis.backlogs import announcement_routes
from chassis.endpoints import KeySet, Ready, openapi_routes
from chassis.followers import operation_routes
from chassis.methods import Shape
from chassis.trails import audit_routes
from chassis.views import View
from chassis.webhook_routes import webhook_routes

RESOURCES: tuple[tuple[str, type[View], str], ...] = (
    ("products", views.ProductList, "product-list"),
    ("products/imports", long_work.ProductImports, "product-import-list"),
    ("products/<str:id>", views.ProductDetail, "product-detail"),
    ("products/<str:id>/prices", views.ProductPrices, "product-prices"),
    ("products/<str:id>/stock-movements", views.StockMovements, "stock-movement-list"),
    ("quotes", views.Quotes, "quote-list"),
    ("orders", views.OrderList, "order-list"),
    ("orders/exports", long_work.OrderExports, "order-export-list"),
    ("orders/<str:id>", views.OrderDetail, "order-detail"),
    ("orders/<str:id>/customer", views.OrderCustomer, "order-customer"),
    ("orders/<str:id>/retained-contact", contacts.OrderContact, "order-contact"),
    ("orders/<str:id>/pay", views.Pay, "order-pay"),
    ("orders/<str:id>/cancel", views.Cancel, "order-cancel"),
    ("orders/<str:id>/claim", views.Claim, "order-claim"),
    ("orders/<str:id>/complete", views.Complete, "order-complete"),
    ("orders/<str:id>/events", timelines.Timeline, "order-event-list"),
    ("orders/<str:id>/refunds", views.Refunds, "refund-list"),
    ("orders/<str:id>/fulfillments", fulfilling.Fulfillments, "fulfillment-list"),
    ("orders/<str:id>/fulfillments/<str:fulfillment_id>", fulfilling.FulfillmentDetail, "fulfillment-detail"),
    ("orders/<str:id>/fulfillments/<str:fulfillment_id>/ship", fulfilling.Ship, "fulfillment-ship"),
    ("orders/<str:id>/fulfillments/<str:fulfillment_id>/deliver", fulfilling.Deliver, "fulfillment-deliver"),
    ("orders/<str:id>/fulfillments/<str:fulfillment_id>/cancel", fulfilling.CancelFulfillment, "fulfillment-cancel"),
)


def version(name: str, shapes: Mapping[Shape, Shape]) -> Any:
    """The resources in one version, with `shapes` in the place of the newest."""
    routes = [path(address, view.as_view(shapes=shapes), name=route) for address, view, route in RESOURCES]
    of_every_service = [*audit_routes("orders"), *webhook_routes("orders"), *announcement_routes("orders")]
    return path(f"{name}/", include(([*routes, *operation_routes("orders"), *of_every_service], name)))


urlpatterns = [
    version("v1", SHAPES),
    version("v2", {}),
    path("internal/orders/v1/", include(("apps.orders.api.internal.urls", "internal"))),
    path("services/orders/jwks.json", KeySet.as_view(), name="key-set"),
    path("services/orders/readyz", Ready.as_view(), name="ready"),
    *openapi_routes("orders"),
]
