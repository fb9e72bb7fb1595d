"""The addresses of the OAuth 2 and OpenID server for programs.

They speak the language of RFC 6749, and not problem+json::

    POST /oauth/token
    Authorization: Basic …
    Content-Type: application/x-www-form-urlencoded

    grant_type=client_credentials&scope=orders%3Aread
"""

import json
from collections.abc import Callable, Iterable
from typing import ClassVar

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.decorators import method_decorator
from django.views import View as Page
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users.models import User
from apps.users.services.oauth import engine
from apps.users.services.oauth.engine import Answer, Asked
from apps.users.services.oauth.issuing import claims_of
from apps.users.services.oauth.metadata import metadata
from chassis.callers import caller_of
from chassis.endpoints import Own
from chassis.problems import Problem, as_problem
from chassis.throttles import address_of, spend
from chassis.views import View

FORM = "application/x-www-form-urlencoded"
# RFC 6749, section 5.1, and whom RFC 7235 lets us ask how they could say who they are.
HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}
CHALLENGE = 'Basic realm="tearline"'
SECRETS = ("client_secret", "code", "code_verifier", "refresh_token", "token")


@method_decorator([csrf_exempt, sensitive_post_parameters(*SECRETS)], name="dispatch")
class Endpoint(Page):
    """One of the three that programs send forms to. Counted with the sign-ins of people."""

    respond: ClassVar[Callable[[Asked], Answer]]

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        spent = spend("users", "sign_in", address_of(request))
        answer = self._answer_or_refuse(request) if spent.is_allowed else _refused_by(spent.refusal())
        return _written(answer, spent.headers())

    def _answer_or_refuse(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._answer(request)
        except Exception as exc:
            problem = as_problem(exc)
            if problem.status == 500:
                raise
            return _refused_by(problem)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return _error("invalid_request", "Send it with POST", status=405, Allow="POST")
        if request.content_type != FORM:
            return _error("invalid_request", f"The body is read as {FORM}")
        found = type(self).respond(asked_by(request, body=pairs(request.POST)))
        return HttpResponse(found.content, status=found.status, content_type="application/json")


class Token(Endpoint):
    respond = engine.token


class Revoke(Endpoint):
    respond = engine.revoke


class Introspect(Endpoint):
    respond = engine.introspect


class Metadata(Own):
    """What programs can find out by themselves."""

    uses_database = False
    cache_control = "public, max-age=300"

    def get(self, request: Request) -> Response:
        return Response(metadata())


class ForSomebody(BasePermission):
    """A program that may know who somebody is."""

    def has_permission(self, request: Request, view: object) -> bool:
        return bool(caller_of(request).on_behalf_of) and caller_of(request).may("openid")


class UserInfo(View):
    """Who the person is that a program asks for (OpenID Connect Core, section 5.3)."""

    permission_classes = [ForSomebody]
    versioning_class = None
    schema = None
    idempotency = "natural"

    def get(self, request: Request) -> Response:
        user = get_object_or_404(User.objects.all(), pk=self.caller.on_behalf_of)
        return Response(claims_of(user, self.caller.scopes))

    def post(self, request: Request) -> Response:
        return self.get(request)


def asked_by(request: HttpRequest, *, body: Iterable[tuple[str, str]] = ()) -> Asked:
    """A request as the server reads it."""
    method, authorization = str(request.method), request.headers.get("Authorization", "")
    return Asked(method, request.path, pairs(request.GET), tuple(body), authorization)


def pairs(parameters: QueryDict) -> tuple[tuple[str, str], ...]:
    """All of them, also what is there twice, which is then refused."""
    return tuple((name, str(value)) for name, values in parameters.lists() for value in values)


def _written(answer: HttpResponse, counted: dict[str, str]) -> HttpResponse:
    for name, value in {**HEADERS, **counted}.items():
        answer[name] = value
    if answer.status_code == 401:
        answer["WWW-Authenticate"] = CHALLENGE
    return answer


def _refused_by(problem: Problem) -> HttpResponse:
    """What has no word in RFC 6749 is told by its status, and when to ask again."""
    error = "temporarily_unavailable" if problem.status in {429, 503, 504} else "invalid_request"
    return _error(error, str(problem.detail), status=problem.status, **problem.headers)


def _error(error: str, description: str, *, status: int = 400, **headers: str) -> HttpResponse:
    content = json.dumps({"error": error, "error_description": description})
    return HttpResponse(content, status=status, content_type="application/json", headers=headers)
