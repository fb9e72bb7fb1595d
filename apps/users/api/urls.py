"""The whole URL space of users."""

from django.urls import include, path

from apps.users.api.consent_pages import ConsentPage
from apps.users.api.mailbox_pages import ConfirmPage, ForgotPage, PasswordPage, ResendPage
from apps.users.api.oauth import Introspect, Metadata, Revoke, Token, UserInfo
from apps.users.api.pages import SessionPage
from chassis.endpoints import KeySet, Ready, openapi_routes

urlpatterns = [
    path("v1/", include(("apps.users.api.v1.urls", "v1"))),
    path("internal/users/v1/", include(("apps.users.api.internal.urls", "internal"))),
    path("session", SessionPage.as_view(), name="session"),
    path("session/confirm", ConfirmPage.as_view(), name="confirm"),
    path("session/resend", ResendPage.as_view(), name="resend"),
    path("session/forgot", ForgotPage.as_view(), name="forgot"),
    path("session/password", PasswordPage.as_view(), name="password"),
    path("oauth/authorize", ConsentPage.as_view(), name="authorize"),
    path("oauth/token", Token.as_view(), name="oauth-token"),
    path("oauth/revoke", Revoke.as_view(), name="oauth-revoke"),
    path("oauth/introspect", Introspect.as_view(), name="oauth-introspect"),
    path("oauth/userinfo", UserInfo.as_view(), name="userinfo"),
    path(".well-known/openid-configuration", Metadata.as_view(), name="openid-metadata"),
    path(".well-known/oauth-authorization-server", Metadata.as_view(), name="oauth-metadata"),
    path(".well-known/jwks.json", KeySet.as_view(), name="well-known-keys"),
    path("services/users/jwks.json", KeySet.as_view(), name="key-set"),
    path("services/users/readyz", Ready.as_view(), name="ready"),
    *openapi_routes("users"),
]
