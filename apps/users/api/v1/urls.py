"""The routes of version 1."""

from django.urls import path

from apps.users.api.v1.views import addresses, api_keys, clients, mailboxes, people, privacy, staff, tokens
from chassis.backlogs import announcement_routes
from chassis.followers import operation_routes
from chassis.trails import audit_routes
from chassis.webhook_routes import webhook_routes

urlpatterns = [
    path("users", people.Users.as_view(), name="user-list"),
    path("users/invitations", staff.Invitations.as_view(), name="invitations"),
    path("users/verify-email", mailboxes.VerifyEmail.as_view(), name="verify-email"),
    path("users/resend-verification", mailboxes.ResendVerification.as_view(), name="resend-verification"),
    path("users/forgot-password", mailboxes.ForgotPassword.as_view(), name="forgot-password"),
    path("users/reset-password", mailboxes.ResetPassword.as_view(), name="reset-password"),
    path("users/me", people.Me.as_view(), name="me"),
    path("users/me/password", mailboxes.MyPassword.as_view(), name="my-password"),
    path("users/me/addresses", addresses.MyAddresses.as_view(), name="my-address-list"),
    path("users/me/addresses/<slug:address_id>", addresses.MyAddress.as_view(), name="my-address-detail"),
    path("users/me/api-keys", api_keys.MyApiKeys.as_view(), name="api-key-list"),
    path("users/me/api-keys/<slug:api_key_id>", api_keys.MyApiKey.as_view(), name="api-key-detail"),
    path("users/me/api-keys/<slug:api_key_id>/rotate", api_keys.RotateApiKey.as_view(), name="api-key-rotate"),
    path("users/me/exports", privacy.MyExports.as_view(), name="my-export-list"),
    path("users/me/erasure", privacy.MyErasure.as_view(), name="my-erasure"),
    path("users/<slug:user_id>", people.OneUser.as_view(), name="user-detail"),
    path("users/<slug:user_id>/activate", staff.Activate.as_view(), name="user-activate"),
    path("users/<slug:user_id>/deactivate", staff.Deactivate.as_view(), name="user-deactivate"),
    path("users/<slug:user_id>/roles", staff.RolesOfUser.as_view(), name="user-roles"),
    path("tokens", tokens.Tokens.as_view(), name="tokens"),
    path("tokens/refresh", tokens.Refresh.as_view(), name="token-refresh"),
    path("tokens/revoke", tokens.Revoke.as_view(), name="token-revoke"),
    path("clients", clients.Clients.as_view(), name="client-list"),
    path("clients/<slug:client_id>", clients.OneClient.as_view(), name="client-detail"),
    path("clients/<slug:client_id>/deactivate", clients.DeactivateClient.as_view(), name="client-deactivate"),
    path("roles", people.Roles.as_view(), name="role-list"),
    *operation_routes("users"),
    *audit_routes("users"),
    *webhook_routes("users"),
    *announcement_routes("users"),
]
