"""How a call travels: inline to a service of this process, or over HTTP to another one.

Both are `requests` transport adapters, take the same prepared request and answer with the same kind of response, so
what a client says never depends on how it travels.
"""

import contextvars
import io
import logging
import ssl
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_urlconf
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPResponse
from urllib3.util import Timeout

from chassis import context, observations
from chassis.peers import IN_PROCESS
from chassis.problems import InternalError, as_http, as_problem
from chassis.topology import topology
from chassis.urls import url_space
from chassis.versioning import settle

logger = logging.getLogger("tearline")


@lru_cache
def transport_to(service: str) -> BaseAdapter:
    """The transport for calls to `service` in this process's topology."""
    return InProcess(service) if topology().transport_to(service) == "in_process" else Http(service)


def base_url(service: str) -> str:
    """Where calls to `service` are addressed. In process nothing is looked up there; the host is the public one."""
    in_process = topology().transport_to(service) == "in_process"
    return topology().public_url if in_process else topology().urls[service]


class Http(HTTPAdapter):
    """Pooled connections, no retries (they belong above, where both transports have them), no proxies, no netrc.

    With TLS it shows this process's certificate, and whoever answers has to show one that names the service, wherever
    that is. The files are read for each new connection, so that they may be replaced.
    """

    def __init__(self, service: str) -> None:
        self._tls, self._service = topology().tls, service
        super().__init__(pool_connections=1, pool_maxsize=settings.THREADS, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        if self._tls:
            options |= {"server_hostname": self._service, "ssl_minimum_version": ssl.TLSVersion.TLSv1_3}
        super().init_poolmanager(*args, **options)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, *, timeout: tuple[float, float], **options: Any
    ) -> requests.Response:
        """`timeout` is for connecting, and for everything, in seconds."""
        connect, whole = timeout
        options["timeout"] = Timeout(connect=connect, total=whole)
        if self._tls:
            options |= {"verify": self._tls.authority, "cert": (self._tls.certificate, self._tls.key)}
        return super().send(request, **options)


class InProcess(BaseAdapter):
    """Dispatches into the callee's own URL space, inline, in this thread, as if over a socket.

    Runs in an empty context, so nothing ambient crosses in either direction: language, time zone, URL configuration,
    script prefix, log and trace context, decimal context. Request signals are not sent: they would close the caller's
    database connection. An inline call cannot be interrupted; one that took longer than its timeout is reported as
    timed out afterwards, as it would be over the network.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        started = time.monotonic()
        answer = contextvars.Context().run(dispatch, self._service, _environ(request))
        timeout = options.get("timeout")
        limit = timeout[1] if isinstance(timeout, tuple) else timeout
        if limit is not None and time.monotonic() - started > limit:
            raise requests.ReadTimeout(f"{self._service} took longer than {limit} s", request=request)
        return _as_response(request, answer)

    def close(self) -> None:
        """Nothing is held open."""


@dataclass(slots=True)
class Answered:
    """What a callee has answered: bytes and headers alone."""

    status: int
    reason: str
    headers: dict[str, str]
    content: bytes


def dispatch(service: str, environ: dict[str, Any]) -> Answered:
    """Answer one request within a service's URL space. Never raises: a crash is a 500 problem, as over a socket."""
    request = WSGIRequest(environ)
    request.urlconf = url_space(service)
    set_urlconf(url_space(service))
    with context.entered(context.brought_by(request, service)), observations.request(request) as seen:
        try:
            answer = _as_bytes(_answer(service, request))
        except Exception as exc:
            problem = as_problem(exc)
            if isinstance(problem, InternalError):
                logger.exception("crash in %s", service)
            answer = _as_bytes(as_http(problem, request.path))
        seen.status = answer.status
        return answer


def _answer(service: str, request: WSGIRequest) -> HttpResponseBase:
    settle(request)
    # Where the service's own routes begin: Django's root stands above them with nothing but the first slash.
    match = url_space(service)[0].resolve(request.path_info.removeprefix("/"))
    request.resolver_match = match
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response.render() if hasattr(response, "render") else response


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(request.url or "")
    content = request.body.encode() if isinstance(request.body, str) else request.body or b""
    headers = {context.variable(name): str(value) for name, value in request.headers.items()}
    return {
        **headers,
        **_surroundings(url.scheme, url.netloc),
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
    }


@lru_cache
def _surroundings(scheme: str, host: str) -> dict[str, Any]:
    """What is the same for every request to this host."""
    url = urlsplit(f"{scheme}://{host}")
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or (443 if scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "REMOTE_ADDR": "127.0.0.1",
        IN_PROCESS: True,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _as_bytes(answer: Any) -> Answered:
    """The answer without the objects it was made of. A streamed one is drained here, while the callee is in charge."""
    try:
        content = answer.content if isinstance(answer, HttpResponse) else b"".join(answer)
    finally:
        for closer in answer._resource_closers:  # noqa: SLF001  close() would send request_finished as well
            closer()
    headers = dict(answer.items())
    if answer.cookies:
        headers["Set-Cookie"] = ", ".join(cookie.OutputString() for cookie in answer.cookies.values())
    return Answered(answer.status_code, answer.reason_phrase, headers, content)


def _as_response(request: requests.PreparedRequest, answer: Answered) -> requests.Response:
    """The response that `requests` would have made of it, had it come over a socket."""
    response = requests.Response()
    response.status_code, response.reason = answer.status, answer.reason
    response.headers = CaseInsensitiveDict(answer.headers)
    response.encoding = get_encoding_from_headers(response.headers)
    response.request, response.url = request, str(request.url)
    # urllib3 would read it in several pieces; only it can decode what is coded.
    response.raw = _decoding(answer) if "Content-Encoding" in answer.headers else io.BytesIO(answer.content)
    return response


def _decoding(answer: Answered) -> HTTPResponse:
    return HTTPResponse(io.BytesIO(answer.content), answer.headers, answer.status, preload_content=False)
