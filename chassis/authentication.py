"""How a request proves who is asking: a bearer token, or the same token in a browser's cookie."""

from django.middleware.csrf import get_token
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from chassis.callers import Caller
from chassis.problems import CsrfFailed, InvalidToken
from chassis.tokens import verify
from chassis.urls import service_of

ACCESS_COOKIE = "access_token"
CHALLENGE = 'Bearer realm="tearline"'


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` (RFC 6750). A scheme that is not known here is refused, never ignored."""

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        given = request.headers.get("Authorization", "")
        if not given:
            return None
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise InvalidToken("Send it as 'Authorization: Bearer …'")
        return verify(token.strip(), service=service_of(request)), "bearer"

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class CookieAuthentication(BaseAuthentication):
    """A person's token in the HttpOnly cookie that `/session` sets, for browsers only; writes need a CSRF token too."""

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        token = request.COOKIES.get(ACCESS_COOKIE)
        if not token:
            return None
        try:
            caller = verify(token, service=service_of(request))
        except InvalidToken:
            return None
        _refuse_forgery(request)
        return caller, "cookie"

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def _refuse_forgery(request: Request) -> None:
    """Django's own check (token and origin), which DRF's `csrf_exempt` views would otherwise go without."""
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]  # no next layer: only its verdict is wanted
    check.process_request(request._request)
    get_token(request._request)
    reason = check.process_view(request._request, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise CsrfFailed
