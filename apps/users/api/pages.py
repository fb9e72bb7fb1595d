"""Signing in with a browser: the page, and the cookies that it sets."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from apps.users.api.v1.serializers import Credentials
from apps.users.models import REFRESH_TOKEN_LIFE, Client
from apps.users.problems import EmailNotVerified, InvalidCredentials
from apps.users.services.sign_ins import Grant, refresh, revoke, sign_in
from chassis.authentication import ACCESS_COOKIE
from chassis.callers import NOBODY, Caller
from chassis.pages import POLICY
from chassis.peers import refuse_another_peer
from chassis.problems import InvalidToken, Problem, RateLimited, ServicePaused
from chassis.throttles import address_of, spend
from chassis.tokens import USER_SECONDS, verify
from chassis.topology import topology

REFRESH_COOKIE = "refresh_token"
PATH = "/session"


@method_decorator([csrf_protect, never_cache, sensitive_post_parameters("password")], name="dispatch")
class SessionPage(View):
    """The form, and who is signed in; for people, without JavaScript. Programs use `/v1/tokens`.

    `GET /session?next=/v1/orders` with the cookie of an earlier visit renews that visit and goes on to `next`.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        caller = visitor_of(request)
        if caller.is_authenticated or REFRESH_COOKIE not in request.COOKIES:
            return _page(request, caller)
        try:
            grant = refresh(refresh_token=request.COOKIES[REFRESH_COOKIE])
        except ServicePaused:
            raise  # in a moment the visit can be renewed: it is not over
        except Problem:
            return forget(_page(request, NOBODY))
        return _remember(_renewed(request, grant), grant)

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("action") == "sign-out":
            revoke(refresh_token=request.COOKIES.get(REFRESH_COOKIE, ""))
            return forget(_see_other(PATH))
        try:
            grant = _sign_in(request)
        except (InvalidCredentials, EmailNotVerified, RateLimited) as problem:
            return _page(request, NOBODY, status=problem.status, refusal=problem.title, headers=problem.headers)
        rotate_token(request)
        return _remember(_see_other(_next(request) or "/"), grant)


def _sign_in(request: HttpRequest) -> Grant:
    """What is no address at all is refused like a wrong one. Counted with the sign-ins of programs."""
    spent = spend("users", "sign_in", address_of(request))
    if not spent.is_allowed:
        raise spent.refusal()
    given = Credentials(data={name: request.POST.get(name, "") for name in ("email", "password")})
    if not given.is_valid():
        raise InvalidCredentials
    return sign_in(**given.validated_data, client=Client.BROWSER)


def visitor_of(request: Any) -> Caller:
    """Whose cookie came with the request, from then on its `user`; nobody where it is no good, or not the gateway's."""
    request.user = _person_of(request.COOKIES.get(ACCESS_COOKIE, ""))
    with suppress(InvalidToken):
        refuse_another_peer(request)
    visitor: Caller = request.user
    return visitor


def count(request: HttpRequest, visitor: Caller) -> None:
    """Count a request as the API does. Raises RateLimited."""
    by = ("caller", visitor.id) if visitor.is_authenticated else ("address", address_of(request))
    spent = spend("users", *by)
    if not spent.is_allowed:
        raise spent.refusal()


def _person_of(access_token: str) -> Caller:
    """The person of the token; nobody where it is missing, has expired or is not a person's."""
    try:
        caller = verify(access_token, service="users") if access_token else NOBODY
    except Problem:
        return NOBODY
    return caller if caller.is_in_person else NOBODY


def _renewed(request: HttpRequest, grant: Grant) -> HttpResponse:
    """On to where the visitor was going; else the page itself, because a redirect to it could go in circles."""
    target = _next(request)
    return _see_other(target) if target else _page(request, _person_of(grant.access_token))


def _next(request: HttpRequest) -> str:
    """Where to go on: a path on this site and nothing else, so that the form lures nobody away."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_path = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if is_path else ""


def _see_other(path: str) -> HttpResponse:
    """303, so that a form's answer is fetched with GET whatever the form was sent with (RFC 9110, section 15.4.4)."""
    return HttpResponseRedirect(path, status=303)


def _page(
    request: HttpRequest,
    caller: Caller,
    *,
    status: int = 200,
    refusal: str = "",
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    email = request.POST.get("email", "")
    shown = {"user": caller, "next": _next(request), "refusal": refusal, "email": email, "status": status}
    response = render(request, "users/session.html", shown, status=status)
    for name, value in (headers or {}).items():
        response[name] = value
    response["Content-Security-Policy"] = POLICY
    return response


def _remember(response: HttpResponse, grant: Grant) -> HttpResponse:
    """The access token for every path and as long as it is good; the refresh token for this page alone."""
    _set(response, ACCESS_COOKIE, grant.access_token, max_age=USER_SECONDS, path="/")
    _set(response, REFRESH_COOKIE, grant.refresh_token, max_age=REFRESH_TOKEN_LIFE, path=PATH)
    return response


def _set(response: HttpResponse, name: str, token: str, **options: Any) -> None:
    is_https = topology().public_url.startswith("https:")
    response.set_cookie(name, token, httponly=True, samesite="Lax", secure=is_https, **options)


def forget(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(ACCESS_COOKIE, path="/", samesite="Lax")
    response.delete_cookie(REFRESH_COOKIE, path=PATH, samesite="Lax")
    return response
