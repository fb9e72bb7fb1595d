"""The whole URL space of payments."""

from django.urls import include, path

from chassis.endpoints import KeySet, Ready, openapi_routes

urlpatterns = [
    path("v1/", include(("apps.payments.api.v1.urls", "v1"))),
    path("internal/payments/v1/", include(("apps.payments.api.internal.urls", "internal"))),
    path("services/payments/jwks.json", KeySet.as_view(), name="key-set"),
    path("services/payments/readyz", Ready.as_view(), name="ready"),
    *openapi_routes("payments"),
]
