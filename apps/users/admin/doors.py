"""The way into the admin: every request of it passes here, and no other request does."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, resolve, set_urlconf
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from apps.users.admin.sites import PATH, SESSION, site
from apps.users.api.pages import count, visitor_of
from apps.users.services import USERS
from chassis import context
from chassis.callers import Caller
from chassis.pages import POLICY
from chassis.pauses import keep_up
from chassis.problems import Forbidden, InvalidRequest, as_problem
from chassis.topology import topology

# Django's admin has scripts of its own, in files; what is within a page does not run, as on our other pages.
ADMIN_POLICY = POLICY.replace("style-src", "script-src 'self'; style-src")


class Told(CookieStorage):
    """What was done, until the next page says it: in a signed cookie that is sent to the admin alone."""

    cookie_name = "admin_messages"

    def _update_cookie(self, encoded_data: str, response: HttpResponse) -> None:
        if encoded_data:
            is_https = topology().public_url.startswith("https:")
            options: dict[str, Any] = {"path": PATH, "httponly": True, "samesite": "Lax", "secure": is_https}
            response.set_cookie(self.cookie_name, encoded_data, **options)
        elif self.cookie_name in self.request.COOKIES:
            response.delete_cookie(self.cookie_name, path=PATH, samesite="Lax")


@csrf_protect
@never_cache
def door(request: HttpRequest) -> HttpResponse:
    """The admin for whoever may register programs at the API, signed in by the cookie of `/session`.

    Nobody is sent there and comes back (303); anybody else is refused, 403 `forbidden`. Counted as at the API.
    """
    keep_up(USERS)
    visitor = visitor_of(request)
    if visitor.is_anonymous:
        return HttpResponseRedirect(f"{SESSION}?{urlencode({'next': request.get_full_path()})}", status=303)
    context.identify(visitor.actor)
    _require_admin(request, visitor)
    return HttpResponseRedirect(PATH) if f"{request.path_info}/" == PATH else _answer(request)


def _require_admin(request: HttpRequest, visitor: Caller) -> None:
    count(request, visitor)
    if not site.has_permission(request):
        raise Forbidden("The admin is for those who may change what people and programs may do")


def _answer(request: HttpRequest) -> HttpResponse:
    told = request._messages = Told(request)  # type: ignore[attr-defined]  # noqa: SLF001  as Django's middleware does
    set_urlconf(_space())
    try:
        match = request.resolver_match = resolve(request.path_info, _space())
        response: Any = match.func(request, *match.args, **match.kwargs)
    except (Http404, PermissionDenied, SuspiciousOperation) as exc:
        raise as_problem(exc) from exc  # here, because Django's own pages in development run scripts and tell too much
    except (DataError, OverflowError) as exc:  # a NUL in a text, a number that no column holds
        raise InvalidRequest("Some of it is nothing that could be stored") from exc
    if hasattr(response, "render"):
        response.render()
    told.update(response)
    response["Content-Security-Policy"] = ADMIN_POLICY
    return response


@lru_cache
def _space() -> Any:
    """Routes of its own, because the admin's pages name each other `admin:…` from the root."""
    return (path(PATH.removeprefix("/"), site.urls),)
