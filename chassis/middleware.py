"""Problems from where no view of ours runs: bad hosts, malformed requests, crashes of pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import SuspiciousOperation
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.urls import set_urlconf

from chassis import context, observations
from chassis.pauses import keep_up
from chassis.problems import (
    CsrfFailed,
    Forbidden,
    InternalError,
    InvalidRequest,
    NotFound,
    Problem,
    UriTooLong,
    as_http,
    as_problem,
    is_outage,
)
from chassis.topology import topology
from chassis.urls import service_of, url_space

MAX_ADDRESS = 4000


def problems(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a host that is not ours before anything is built from it, and give every answer its request id."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with context.entered(context.brought_by(request)), observations.request(request) as seen:
            context.set_header(request, context.REQUEST_ID, context.current().request_id)
            response = _refusal(request) or get_response(request)
            response.setdefault(context.REQUEST_ID, context.current().request_id)
            seen.status = response.status_code
            return response

    return middleware


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """What is said to an address that is not ours, or too long to be one.

    Whoever looks after processes asks each by an address of its own, and nothing is built from that.
    """
    if request.path in observations.PROBES:
        request.META["HTTP_HOST"] = urlsplit(topology().public_url).netloc
    try:
        request.get_host()
    except SuspiciousOperation:
        return as_http(InvalidRequest("This host is not served here"), request.path)
    if len(request.get_full_path()) > MAX_ADDRESS:
        return as_http(UriTooLong(f"An address has at most {MAX_ADDRESS} characters"), request.path[:100])
    return None


class OwnUrlSpace:
    """A view finds the routes of its own service alone, whichever share its process, as after a call in process."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        service = service_of(request)
        if not service:
            return None
        set_urlconf(url_space(service))
        context.at_work(service)
        try:
            if not hasattr(view, "cls"):  # ours see to it themselves, because calls in process do not pass here
                keep_up(service)
        except Error as exc:  # Django would not hand this one to `process_exception`
            return self.process_exception(request, exc)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What no view answers the process does, and its handlers stand in its own routes."""
        set_urlconf(None)
        is_told = is_outage(exception) or isinstance(exception, Problem)
        return as_http(as_problem(exception), request.path) if is_told else None


def _answering(problem: type[Problem]) -> Callable[..., HttpResponse]:
    """What Django calls when no view answers; what it tells besides the request is nobody else's business."""

    def answer(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        return as_http(problem(), request.path)

    return answer


bad_request = _answering(InvalidRequest)
permission_denied = _answering(Forbidden)
csrf_failed = _answering(CsrfFailed)
page_not_found = _answering(NotFound)


def server_error(request: HttpRequest) -> HttpResponse:
    return as_http(InternalError("Tell us the request id and we will find it"), request.path)
