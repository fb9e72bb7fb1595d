"""Django's site, without what we have elsewhere: its own sign-in, its passwords and its log."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from apps.users.api.v1.views.clients import ADMIN_IN_PERSON
from apps.users.models import Role

PATH = "/admin/"
SESSION = "/session"
LEFT_OUT = {"password_change", "password_change_done", "autocomplete", "view_on_site"}


class Site(AdminSite):
    """Open to whoever may register programs at the API; `/session` signs in and out."""

    site_title = site_header = "Tearline"
    index_title = "Accounts, and what opens them"
    index_template = "users/admin/index.html"
    final_catch_all_view = False

    def has_permission(self, request: Any) -> bool:
        view: Any = None  # the decision is about the caller alone
        return bool(ADMIN_IN_PERSON().has_permission(request, view))

    def get_urls(self) -> list[Any]:
        routes: list[Any] = super().get_urls()
        kept = [route for route in routes if getattr(route, "name", "") not in LEFT_OUT]
        return [path("roles/", self.admin_view(self.roles), name="roles"), *kept]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(f"{SESSION}?next={PATH}", status=303)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Where the button is: the cookie that ends a visit is sent to that page alone."""
        return HttpResponseRedirect(SESSION, status=303)

    def roles(self, request: HttpRequest) -> HttpResponse:
        shown = {"title": "Roles", "roles": [(role.label, sorted(role.scopes)) for role in Role]}
        return TemplateResponse(request, "users/admin/roles.html", {**self.each_context(request), **shown})

    def each_context(self, request: Any) -> dict[str, Any]:
        return {**super().each_context(request), "user": request.user, "messages": get_messages(request)}

    def get_app_list(self, request: Any, app_label: str | None = None) -> list[Any]:
        """Roles stand among the tables, although they are code."""
        roles = {"name": "Roles", "object_name": "Role", "admin_url": reverse("admin:roles"), "view_only": True}
        apps: list[Any] = super().get_app_list(request, app_label)
        return [{**app, "models": [*app["models"], roles]} for app in apps]

    def get_log_entries(self, request: Any) -> Sequence[Any]:  # type: ignore[override]
        return ()


site = Site()
site.disable_action("delete_selected")
