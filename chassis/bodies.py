"""Which bodies are read: any other is a 415 that says what would be (RFC 9110, section 15.5.16)."""

from collections.abc import Iterable
from typing import Any

from django.utils.http import parse_header_parameters
from rest_framework.request import Request

from chassis.problems import LengthRequired, UnsupportedMediaType

WRITES = {"POST", "PUT", "PATCH"}
HEADERS = {"POST": "Accept-Post", "PATCH": "Accept-Patch"}


def refuse_unreadable(request: Request) -> None:
    """Refuse a body in another format, character set or coding than is read here, before anything comes of it."""
    if request.method not in WRITES:
        return
    _refuse_codings(request)
    if (request.META.get("CONTENT_LENGTH") or "0").strip("0"):
        _refuse_format(request)


def unsupported(detail: str, request: Request) -> UnsupportedMediaType:
    """The problem of a body that has no format which programs send."""
    method = str(request.method)
    supported = _supported(request, method)
    headers = {"Accept": ", ".join(supported), **accepted_bodies(request, [method])}
    return UnsupportedMediaType(detail, supported=supported, headers=headers)


def accepted_bodies(request: Request, methods: Iterable[str]) -> dict[str, str]:
    """`Accept-Post` and `Accept-Patch`, for those of the methods that have such a header."""
    return {HEADERS[method]: ", ".join(_supported(request, method)) for method in methods if method in HEADERS}


def _supported(request: Request, method: str) -> list[str]:
    """Forms are for our own pages."""
    return [parser.media_type for parser in _parsers(request, method) if getattr(parser, "is_for_programs", True)]


def _parsers(request: Request, method: str) -> list[Any]:
    """A parser reads whatever method brings the body, unless it says which."""
    return [parser for parser in request.parsers or () if method in getattr(parser, "methods", WRITES)]


def _refuse_codings(request: Request) -> None:
    """Nothing here reads a body without its length: one that comes in chunks would be taken for an empty one."""
    if "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired("Send the body whole, with its Content-Length")
    codings = request.headers.get("Content-Encoding", "identity")
    if any(coding.strip().lower() != "identity" for coding in codings.split(",")):
        raise UnsupportedMediaType("Send the body without a coding", headers={"Accept-Encoding": "identity"})


def _refuse_format(request: Request) -> None:
    media_type, parameters = _content_type(request.content_type)
    readable = {parser.media_type for parser in _parsers(request, str(request.method))}
    if media_type not in readable:
        named = f"{media_type!r} is not read here" if media_type else "The body does not say which format it has"
        raise unsupported(named, request)
    if parameters.get("charset", "utf-8").lower() != "utf-8":
        raise unsupported("The body is read as UTF-8 alone", request)


def _content_type(header: str) -> tuple[str, dict[str, str]]:
    try:
        media_type, parameters = parse_header_parameters(header)
    except ValueError:
        return "", {}
    return media_type.lower(), parameters
