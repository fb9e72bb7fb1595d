"""The routes of version 1."""

from django.urls import path

from apps.users.api.v1 import views

urlpatterns = [
    path("users", views.Users.as_view(), name="user-list"),
    path("users/me", views.Me.as_view(), name="me"),
    path("users/<slug:user_id>", views.OneUser.as_view(), name="user-detail"),
    path("tokens", views.Tokens.as_view(), name="tokens"),
    path("tokens/refresh", views.Refresh.as_view(), name="token-refresh"),
    path("tokens/revoke", views.Revoke.as_view(), name="token-revoke"),
    path("roles", views.Roles.as_view(), name="role-list"),
]
