"""How a request proves who is asking: a bearer token, an API key, or the token in a browser's cookie."""

from django.middleware.csrf import get_token
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from chassis.api_keys import caller_with
from chassis.callers import Caller
from chassis.context import Headers
from chassis.problems import CsrfFailed, InvalidToken
from chassis.throttles import address_of
from chassis.tokens import verify
from chassis.urls import service_of

ACCESS_COOKIE = "access_token"
CHALLENGE = 'Bearer realm="tearline"'
API_KEY = "api-key"


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` (RFC 6750). A scheme that is not known here is refused, never ignored."""

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        scheme, token = _sent(request)
        if scheme in {"", API_KEY}:
            return None
        if scheme != "bearer" or not token:
            raise InvalidToken("Send it as 'Authorization: Bearer …', or 'Authorization: Api-Key …'")
        caller = verify(token, service=service_of(request))
        return caller.asking(str(request.method)), "bearer"

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key tl_…`: a program that asks for the owner of the key."""

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        scheme, key = _sent(request)
        if scheme != API_KEY:
            return None
        caller = caller_with(key, service=service_of(request), address=address_of(request._request))
        return caller.asking(str(request.method)), API_KEY

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
        if not caller.is_in_person:
            return None
        _refuse_forgery(request)
        return caller, "cookie"

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def _sent(request: Request) -> tuple[str, str]:
    """The scheme, in small letters, and what came with it."""
    scheme, _, credential = Headers(request).get("Authorization").partition(" ")
    return scheme.lower(), credential.strip()


def _refuse_forgery(request: Request) -> None:
    """Django's own check (token and origin), which DRF's `csrf_exempt` views would otherwise go without."""
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]  # no next layer: only its verdict is wanted
    check.process_request(request._request)
    get_token(request._request)
    reason = check.process_view(request._request, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise CsrfFailed
