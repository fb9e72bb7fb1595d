"""The routes for other services."""

from django.urls import path

from apps.users.api.internal import views
from chassis.endpoints import internal_routes

urlpatterns = [
    *internal_routes(),
    path("api-keys/introspections", views.ApiKeyIntrospections.as_view(), name="api-key-introspections"),
    path("users/<slug:user_id>", views.Customer.as_view(), name="user-detail"),
]
