"""The headers of requests and of answers, as the API document describes them."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from chassis.context import Headers
from chassis.idempotency import KEY, MAX_KEY, MIN_KEY_OF_NOBODY
from chassis.problems import InvalidRequest

MAX_HEADER = 1000

_TEXT = {"type": "string"}
_ETAGS = r'^(\*|(W/)?"[^"]*"( *, *(W/)?"[^"]*")*)$'
_ID = {"type": "string", "pattern": "^[0-9A-Za-z._-]+$", "maxLength": 64}

ANSWERED: dict[str, dict[str, Any]] = {
    "X-Request-ID": {"description": "Names this request in every log", "required": True, "schema": _ID},
    "API-Version": {"description": "The version that answered", "schema": {"type": "string", "pattern": "^v[0-9]+$"}},
    "RateLimit": {"description": "What is left (draft-ietf-httpapi-ratelimit-headers)", "schema": _TEXT},
    "RateLimit-Policy": {"description": "How much may be asked in which time", "schema": _TEXT},
    "ETag": {
        "description": "Names this state of this representation",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[^"]+"$', "maxLength": 64},
    },
    "Location": {"description": "Its address, if it has one", "schema": {"type": "string", "format": "uri"}},
    "Link": {"description": "The next and the previous page (RFC 8288)", "schema": _TEXT},
    "Retry-After": {"description": "Seconds to wait", "required": True, "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "How to say who one is (RFC 6750)", "required": True, "schema": _TEXT},
    "Idempotent-Replayed": {
        "description": "`true` where the key was known, and this is the answer that its first use got",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Deprecation": {"description": "Since when nobody should begin with it (RFC 9745)", "schema": _TEXT},
    "Sunset": {"description": "When it may be gone (RFC 8594)", "schema": _TEXT},
}
EVERYWHERE = ("X-Request-ID", "API-Version", "RateLimit", "RateLimit-Policy")
ENDING = ("Deprecation", "Sunset")


def asked(name: str, about: str, *, required: bool = False, **schema: Any) -> OpenApiParameter:
    """A header that a request may bring: a text with these properties."""
    kind = {"type": "string", "maxLength": MAX_HEADER, **schema}
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, required=required, description=about)


def parameter(name: str, about: str) -> OpenApiParameter:
    """A query parameter: a text."""
    kind = {"type": "string", "maxLength": MAX_HEADER}
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=about)


IF_MATCH = asked("If-Match", "The `ETag` of what is to be changed, or `*`", required=True, pattern=_ETAGS, example="*")
IF_NONE_MATCH = asked("If-None-Match", "The `ETag` of what is known: unchanged, it is a 304")


def idempotency_key(*, required: bool) -> OpenApiParameter:
    """The name of a command, as it may be written."""
    about = (
        "Names this command: sent again with the same key, it is done once and answered the same. "
        f"Without a token it has at least {MIN_KEY_OF_NOBODY} random characters, for it opens the stored answer"
    )
    return asked("Idempotency-Key", about, required=required, pattern=KEY.pattern, maxLength=MAX_KEY)


def answered(*names: str) -> dict[str, Any]:
    """References to these headers, and to those that every answer has."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*EVERYWHERE, *names)}


def refuse_long(request: Request, names: Iterable[str]) -> None:
    """Refuse a header that is longer than any that could be meant."""
    sent = Headers(request)
    for name in names:
        if len(sent.get(name)) > MAX_HEADER:
            raise InvalidRequest(f"{name} has at most {MAX_HEADER} characters")
