"""Every reason a service says no, as `application/problem+json` (RFC 9457).

A problem is named as the fact that stands in the way; its `code` and its page follow from the name::

    HTTP/1.1 409 Conflict
    Content-Type: application/problem+json

    {"type": "https://shop.example/problems/email-taken", "title": "…", "status": 409, "code": "email_taken",
     "detail": "…", "instance": "/v1/users", "request_id": "…"}
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from chassis import context
from chassis.topology import topology

MEDIA_TYPE = "application/problem+json"
logger = logging.getLogger("tearline")


class Problem(exceptions.APIException):
    """A refusal. Subclasses give `status` and `title`; what else a caller should know goes into `members`."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    headers: Mapping[str, str]

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail or self.title)
        self.status_code = self.status
        self.headers = headers or {}
        self.members = members

    @classmethod
    def code(cls) -> str:
        """The stable word that programs compare: `email_taken` for EmailTaken."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def page(cls) -> str:
        return cls.code().replace("_", "-")


class InvalidRequest(Problem):
    status = 400
    title = "The request is not valid"


class VersionRequired(Problem):
    status = 400
    title = "Say which version of the API"


class UnsupportedVersion(Problem):
    status = 400
    title = "This version of the API is not there"


class ContradictingVersions(Problem):
    status = 400
    title = "The request asks for more than one version"


class IdempotencyKeyRequired(Problem):
    status = 400
    title = "This request needs an Idempotency-Key"


class NotAuthenticated(Problem):
    status = 401
    title = "Nobody is signed in"


class InvalidToken(Problem):
    status = 401
    title = "The token is not valid"


class TokenExpired(Problem):
    status = 401
    title = "The token has expired"


class Forbidden(Problem):
    status = 403
    title = "You may not do this"


class CsrfFailed(Problem):
    status = 403
    title = "The form did not come from this site"


class NotFound(Problem):
    status = 404
    title = "There is nothing here"


class MethodNotAllowed(Problem):
    status = 405
    title = "This method is not allowed here"


class NotAcceptable(Problem):
    status = 406
    title = "None of the accepted formats is available"


class InvalidState(Problem):
    status = 409
    title = "The state does not allow this"


class OperationNotFinished(Problem):
    status = 409
    title = "The operation has no result"


class RequestInProgress(Problem):
    status = 409
    title = "The first request with this key is still being answered"


class LengthRequired(Problem):
    status = 411
    title = "The body does not say how long it is"


class VersionMismatch(Problem):
    status = 412
    title = "Somebody else changed it first"


class PayloadTooLarge(Problem):
    status = 413
    title = "The body is too large"


class UnsupportedMediaType(Problem):
    status = 415
    title = "The body has a format that is not read here"


class IdempotencyKeyReused(Problem):
    status = 422
    title = "This key was used for another request"


class UriTooLong(Problem):
    status = 414
    title = "The address is too long"


class AmountBelowMinimum(Problem):
    status = 422
    title = "The provider collects no amount as small as this"


class CurrencyNotCollected(Problem):
    status = 422
    title = "The provider does not collect this currency, or not in such steps"


class PreconditionRequired(Problem):
    status = 428
    title = "Say which version you are changing"


class RateLimited(Problem):
    status = 429
    title = "Too many requests"


class InternalError(Problem):
    status = 500
    title = "Something broke on our side"


class MethodNotImplemented(Problem):
    status = 501
    title = "Nothing here knows this method"


class DependencyUnavailable(Problem):
    status = 503
    title = "A service that this one needs does not answer"


class ServicePaused(Problem):
    status = 503
    title = "The service takes no changes for a moment"


class DeadlineExceeded(Problem):
    status = 504
    title = "There was not enough time left"


def respond(exc: Exception, view_context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: any exception becomes a problem; a crash is logged and says nothing of itself."""
    problem = as_problem(exc)
    request = view_context.get("request")
    if isinstance(problem, InternalError):
        logger.error("crash", exc_info=exc, extra={"request_id": context.current().request_id})
    about = getattr(request, "path", "")
    return Response(body(problem, about), status=problem.status, headers=dict(problem.headers))


def as_http(problem: Problem, path: str) -> HttpResponse:
    """A problem as a bare answer, for the places where no view runs."""
    content = json.dumps(body(problem, path))
    headers = {**problem.headers, "Cache-Control": "no-store", context.REQUEST_ID: context.current().request_id}
    return HttpResponse(content, status=problem.status, content_type=MEDIA_TYPE, headers=headers)


def body(problem: Problem, path: str) -> dict[str, Any]:
    """The members of RFC 9457, and ours: `code`, `request_id`, `errors` with a JSON pointer each."""
    return {
        "type": f"{topology().public_url}/problems/{problem.page()}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code(),
        "detail": str(problem.detail),
        "instance": path,
        "request_id": context.current().request_id,
        **problem.members,
    }


def as_problem(exc: Exception) -> Problem:
    """The problem that an exception means. Django's and DRF's are translated; an unknown one is an InternalError."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, exceptions.ValidationError):
        return InvalidRequest("Some of it is not as it should be", errors=list(_errors(exc.get_full_details(), "")))
    if is_outage(exc):
        logger.warning("a database does not serve: %s", exc)
        return DependencyUnavailable("The database does not serve now", headers={"Retry-After": "1"})
    for known, problem in _TRANSLATIONS:
        if isinstance(exc, known):
            return problem(_detail(exc), headers=_headers(exc))
    return InternalError("Tell us the request id and we will find it")


def is_outage(exc: BaseException) -> bool:
    """Whether a database is away, or gave up this transaction (a deadlock, a lock held too long): later it may serve.

    SQLite calls a table that is not there operational as well, which is a bug and stays one.
    """
    is_operational = isinstance(exc, OperationalError | InterfaceError)
    return is_operational and getattr(exc.__cause__, "sqlite_errorname", "") != "SQLITE_ERROR"


_TRANSLATIONS: tuple[tuple[type[Exception], type[Problem]], ...] = (
    (Http404, NotFound),
    (exceptions.NotFound, NotFound),
    (exceptions.ParseError, InvalidRequest),
    (exceptions.NotAuthenticated, NotAuthenticated),
    (exceptions.AuthenticationFailed, InvalidToken),
    (exceptions.PermissionDenied, Forbidden),
    (PermissionDenied, Forbidden),
    (exceptions.MethodNotAllowed, MethodNotAllowed),
    (exceptions.NotAcceptable, NotAcceptable),
    (exceptions.UnsupportedMediaType, UnsupportedMediaType),
    (exceptions.Throttled, RateLimited),
    (RequestDataTooBig, PayloadTooLarge),
    (SuspiciousOperation, InvalidRequest),
)


def _detail(exc: Exception) -> str:
    return (
        str(exc.detail) if isinstance(exc, exceptions.APIException) and not isinstance(exc, exceptions.NotFound) else ""
    )


def _headers(exc: Exception) -> dict[str, str]:
    wait = getattr(exc, "wait", None)
    return {"Retry-After": str(max(1, round(wait or 1)))} if isinstance(exc, exceptions.Throttled) else {}


def _errors(details: Any, pointer: str) -> Iterator[dict[str, str]]:
    """DRF's nested details as a flat list, each entry with the JSON pointer (RFC 6901) of what it is about."""
    if _is_one(details):
        yield {"pointer": pointer, "code": str(details["code"]), "message": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{_escaped(name)}")
    else:
        for position, inner in enumerate(details):
            yield from _errors(inner, pointer if _is_one(inner) else f"{pointer}/{position}")


def _is_one(details: Any) -> bool:
    """Whether this is one error, and not the errors of members that are called `message` and `code`."""
    return isinstance(details, dict) and isinstance(details.get("message"), str)


def _escaped(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
