"""What any live process answers, complete, without importing a service that it does not host."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from chassis.formats import JSON
from chassis.pages import Page as Look
from chassis.permissions import Anyone
from chassis.problems import NotFound, as_http
from chassis.readiness import require_ready
from chassis.readings import CONTENT_TYPE, exposition
from chassis.topology import SERVICES, topology
from chassis.views import View
from config.problem_pages import ListOfProblems, PageOfProblem, written_problems
from config.renderers import HomePage
from config.routes import NO_LISTS, ROUTES, VERSIONS
from config.visitors import VisitorAuthentication

OPEN = ("authentication_classes", "permission_classes", "throttle_classes", "versioning_class")


class OfProcess(View):
    """A resource of the process: open to everybody, without a version, asking nobody who they are."""

    authentication_classes: Any = ()
    permission_classes = [Anyone]
    throttle_classes = ()
    versioning_class = None
    schema = None


class Page(OfProcess):
    """One that people read, so that its top says who is signed in."""

    authentication_classes = (VisitorAuthentication,)


class Home(Page):
    """What this is, and where everything begins; for people also how everything is. Programs get the same anywhere."""

    renderer_classes = (JSON, HomePage)

    def get(self, request: Request) -> Response:
        here = topology().public_url
        resources = {service: [here + path for path in _lists(service)] for service in SERVICES}
        pages = {name: f"{here}/{name}" for name in ("docs", "problems", "session")}
        openapi = {
            service: {version: f"{here}/openapi/{service}/{version}.json" for version in VERSIONS[service]}
            for service in SERVICES
        }
        return Response({"name": "Tearline", "resources": resources, "openapi": openapi, **pages})


class Live(OfProcess):
    """The process runs."""

    def get(self, request: Request) -> Response:
        return Response({"status": "live"})


class Ready(OfProcess):
    """Every service hosted here can do its work. Neighbours do not count: they may be down."""

    def get(self, request: Request) -> Response:
        for service in topology().hosted:
            require_ready(service)
        return Response({"status": "ready", "services": list(topology().hosted)})


class Exposition(BaseRenderer):
    """The text format of Prometheus."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(self, data: bytes, *_: Any, **__: Any) -> bytes:
        return data


class Metrics(OfProcess):
    """What Prometheus reads; the gateway leads nobody here."""

    renderer_classes = (Exposition,)

    def get(self, request: Request) -> Response:
        if not settings.METRICS:
            raise Http404
        return Response(exposition(), content_type=CONTENT_TYPE)


class Docs(Page):
    """Where the documentation of each service's versions is."""

    def get(self, request: Request) -> Response:
        here = topology().public_url
        return Response(
            {
                service: {version: _documents(f"{here}/docs/{service}/{version}") for version in VERSIONS[service]}
                for service in SERVICES
            }
        )


class Problems(Page):
    """Every type of problem."""

    renderer_classes = (JSON, ListOfProblems)

    def get(self, request: Request) -> Response:
        here = topology().public_url
        return Response({"problems": [f"{here}/problems/{page}" for page in written_problems()]})


class ProblemPage(Page):
    """What a type of problem means and what to do about it."""

    renderer_classes = (JSON, PageOfProblem)
    html = Look(heading="{title}")

    def get(self, request: Request, page: str) -> Response:
        if page not in written_problems():
            raise Http404
        return Response(written_problems()[page])


def swagger(request: HttpRequest, service: str, version: str = "") -> HttpResponseBase:
    """Swagger UI over the OpenAPI document of a version, the newest by default, from files of our own."""
    return _documentation(SpectacularSwaggerView, request, service, version)


def redoc(request: HttpRequest, service: str, version: str = "") -> HttpResponseBase:
    """Redoc over the same."""
    return _documentation(SpectacularRedocView, request, service, version)


def _documents(page: str) -> dict[str, str]:
    return {"swagger": page, "redoc": f"{page}/redoc"}


def _documentation(page: Any, request: HttpRequest, service: str, version: str) -> HttpResponseBase:
    versions = VERSIONS.get(service, ())
    if not versions or version not in {"", *versions}:
        return as_http(NotFound(), request.path)
    is_open = {name: getattr(OfProcess, name) for name in OPEN}
    document = f"/openapi/{service}/{version or versions[-1]}.json"
    view: Callable[..., HttpResponseBase] = page.as_view(url=document, **is_open)
    return view(request)


def _lists(service: str) -> list[str]:
    """The addresses that answer a GET with a list or a page, in the newest version."""
    newest = f"/{VERSIONS[service][-1]}/"
    return [path.replace("/v1/", newest) for path in ROUTES[service] if path not in NO_LISTS]
