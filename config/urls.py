"""What this process answers: the routes of the services it hosts, and those that any process has."""

from typing import Any

from django.urls import path, re_path

from chassis.topology import topology
from chassis.urls import url_space
from chassis.views import UnknownUrl
from config import views


def admin_routes() -> list[Any]:
    """Beside the services' URL spaces, because it has one of its own: its pages name each other from the root."""
    if not topology().hosts("users"):
        return []
    from apps.users.admin import door

    return [re_path("^admin(?:/.*)?$", door, name="admin")]


urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("livez", views.Live.as_view(), name="live"),
    path("readyz", views.Ready.as_view(), name="ready"),
    path("docs", views.Docs.as_view(), name="docs"),
    path("docs/<service>", views.swagger, name="swagger"),
    path("docs/<service>/redoc", views.redoc, name="redoc"),
    path("docs/<service>/<version>", views.swagger, name="swagger-of-version"),
    path("docs/<service>/<version>/redoc", views.redoc, name="redoc-of-version"),
    path("problems", views.Problems.as_view(), name="problems"),
    path("problems/<slug:page>", views.ProblemPage.as_view(), name="problem"),
    path("metrics", views.Metrics.as_view(), name="metrics"),
    *(route for service in topology().hosted for route in url_space(service)),
    *admin_routes(),
    re_path("", UnknownUrl.as_view()),
]

handler400 = "chassis.middleware.bad_request"
handler403 = "chassis.middleware.permission_denied"
handler404 = "chassis.middleware.page_not_found"
handler500 = "chassis.middleware.server_error"
