"""The whole URL space of users."""

from django.urls import include, path

from apps.users.api.pages import SessionPage
from chassis.endpoints import KeySet, Ready, openapi_routes

urlpatterns = [
    path("v1/", include(("apps.users.api.v1.urls", "v1"))),
    path("internal/users/v1/", include(("apps.users.api.internal.urls", "internal"))),
    path("session", SessionPage.as_view(), name="session"),
    path(".well-known/jwks.json", KeySet.as_view(), name="well-known-keys"),
    path("services/users/jwks.json", KeySet.as_view(), name="key-set"),
    path("services/users/readyz", Ready.as_view(), name="ready"),
    *openapi_routes("users"),
]
