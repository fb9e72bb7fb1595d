"""The whole URL space of orders."""

from django.urls import include, path

from chassis.endpoints import KeySet, Ready, openapi_views

as_json, as_yaml = openapi_views("v1")

urlpatterns = [
    path("v1/", include(("apps.orders.api.v1.urls", "v1"))),
    path("internal/orders/v1/", include(("apps.orders.api.internal.urls", "internal"))),
    path("services/orders/jwks.json", KeySet.as_view(), name="key-set"),
    path("services/orders/readyz", Ready.as_view(), name="ready"),
    path("openapi/orders/v1.json", as_json, name="openapi-json"),
    path("openapi/orders/v1.yaml", as_yaml, name="openapi-yaml"),
]
