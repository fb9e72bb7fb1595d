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
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_resolver, set_urlconf
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.util import Timeout

from chassis import context
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
        self._builder = HTTPAdapter()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        started = time.monotonic()
        answer = contextvars.Context().run(dispatch, self._service, _environ(request))
        timeout = options.get("timeout")
        limit = timeout[1] if isinstance(timeout, tuple) else timeout
        if limit is not None and time.monotonic() - started > limit:
            raise requests.ReadTimeout(f"{self._service} took longer than {limit} s", request=request)
        return self._builder.build_response(request, answer)

    def close(self) -> None:
        """Nothing is held open."""


def dispatch(service: str, environ: dict[str, Any]) -> HTTPResponse:
    """Answer one request within a service's URL space. Never raises: a crash is a 500 problem, as over a socket."""
    request = WSGIRequest(environ)
    request.urlconf = url_space(service)
    set_urlconf(url_space(service))
    with context.entered(context.read_context(request.headers)):
        try:
            return _as_urllib3(_answer(service, request))
        except Exception as exc:
            problem = as_problem(exc)
            if isinstance(problem, InternalError):
                logger.exception("crash in %s", service)
            return _as_urllib3(as_http(problem, request.path))


def _answer(service: str, request: WSGIRequest) -> HttpResponseBase:
    settle(request)
    match = get_resolver(url_space(service)).resolve(request.path_info)
    request.resolver_match = match
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response.render() if hasattr(response, "render") else response


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(request.url or "")
    content = request.body.encode() if isinstance(request.body, str) else request.body or b""
    headers = {f"HTTP_{name.upper().replace('-', '_')}": str(value) for name, value in request.headers.items()}
    return {
        **headers,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(content)),
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
        "REMOTE_ADDR": "127.0.0.1",
        IN_PROCESS: True,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _as_urllib3(answer: Any) -> HTTPResponse:
    """The answer as bytes and headers alone. A streamed one is drained here, while the callee is still in charge."""
    try:
        content = answer.content if isinstance(answer, HttpResponse) else b"".join(answer)
    finally:
        for closer in answer._resource_closers:  # noqa: SLF001  close() would send request_finished as well
            closer()
    headers = HTTPHeaderDict(answer.items())
    for cookie in answer.cookies.values():
        headers.add("Set-Cookie", cookie.OutputString())
    return HTTPResponse(
        body=io.BytesIO(content),
        headers=headers,
        status=answer.status_code,
        reason=answer.reason_phrase,
        preload_content=False,
    )
