"""The base of every view: what an answer must have, whichever transport brought the question."""

import re
from collections.abc import Callable, Iterable, Mapping
from inspect import getdoc
from typing import Any, ClassVar, NoReturn, cast
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions, generics
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from chassis import context, faults, kills
from chassis.bodies import accepted_bodies, refuse_unreadable
from chassis.callers import Caller, caller_of
from chassis.context import Headers
from chassis.etags import answer_unchanged, etag, require_version
from chassis.filters import Ordering, StrictFilters
from chassis.formats import write_as_problem
from chassis.forms import read_form, refuse_forms_of_programs
from chassis.headers import refuse_long
from chassis.idempotency import idempotent
from chassis.links import add_links
from chassis.methods import Method, Shape, built
from chassis.pages import Page, name_of
from chassis.pagination import KeysetPages
from chassis.pauses import keep_up
from chassis.peers import refuse_another_peer
from chassis.problems import (
    DeadlineExceeded,
    Forbidden,
    InvalidRequest,
    MethodNotImplemented,
    NotFound,
    PayloadTooLarge,
    Problem,
    RateLimited,
)
from chassis.projections import Projection, Row, rows_of, rows_with_id
from chassis.responses import Shown
from chassis.throttles import Spent
from chassis.topology import topology
from chassis.urls import service_of

# RFC 6750, section 3.1.
_ERRORS = {"not_authenticated": "", "forbidden": ', error="insufficient_scope"'}
VARIES = ("Accept", "Authorization", "Cookie")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"}
_LENGTH = re.compile(r"[0-9]{1,18}")
# The methods of each resource, as `Allow` lists them; they never change.
_ALLOWED: dict[type, str] = {}


class View(generics.GenericAPIView):  # type: ignore[type-arg]  # generic only for the type checker
    """One resource. It reads the request, calls one service function, shows the result.

    Subclasses say `permission_classes`, `methods` (what is read and shown), `reads_headers` and `reads_parameters`
    (those of their own, and what they are for), and for writes `idempotency` and `one_transaction`. They name the
    newest shapes; where an older version is served, `shapes` has what stands for them.
    """

    methods: ClassVar[Mapping[str, Method]] = {}
    shapes: Mapping[Shape, Shape] = {}
    idempotency: ClassVar[str] = "accepted"
    one_transaction: ClassVar[bool] = True
    html: ClassVar[Page] = Page()
    as_text: Callable[[Any], str] | None = None
    uses_database: ClassVar[bool] = True
    max_body_bytes: ClassVar[int] = 0
    throttle_scopes: ClassVar[Mapping[str, str]] = {}
    spent: Spent | None = None
    is_claimed = False
    cache_control: ClassVar[str] = "private, no-cache"
    reads_headers: ClassVar[Mapping[str, str]] = {}
    reads_parameters: ClassVar[Mapping[str, str]] = {}
    filter_backends: Any = ()
    pagination_class: type[BasePagination] | None = None
    permission_classes: Any = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "post" in vars(cls):
            cls.post = idempotent(vars(cls)["post"])  # type: ignore[attr-defined]

    @property
    def default_response_headers(self) -> dict[str, str]:
        """What every answer of this resource has. What it varies by is said at the end."""
        kind = type(self)
        if kind not in _ALLOWED:
            _ALLOWED[kind] = ", ".join(self.allowed_methods)
        return {"Allow": _ALLOWED[kind]}

    @property
    def caller(self) -> Caller:
        """Who is asking."""
        return caller_of(self.request)

    @property
    def is_described(self) -> bool:
        """Whether this is no request but the API document asking, which tells of everything that anybody may do."""
        return getattr(self, "swagger_fake_view", False)

    @property
    def service(self) -> str:
        """The service that this view belongs to, and the name of its database."""
        return service_of(self.request)

    @property
    def asked(self) -> Method:
        """What the method of this request reads and shows. HEAD is a GET."""
        method = str(self.request.method)
        return self.methods["GET" if method == "HEAD" else method]

    def shape(self, newest: Shape) -> Shape:
        """What stands for a shape in the version, and for the caller, that is asked for."""
        return self.shapes.get(newest, newest)

    @property
    def query_parameters(self) -> frozenset[str]:
        """Those that are known here; any other is refused."""
        return frozenset(self.reads_parameters)

    def get_view_name(self) -> str:
        """What people call it."""
        return name_of(type(self))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        read_form(request)
        with context.of_request(request), kills.running(str(request.method), request.path):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        _refuse_spent_time()
        _refuse_large_body(request, self.max_body_bytes or settings.MAX_BODY_BYTES)
        if self.service and self.uses_database:
            keep_up(self.service)
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        request.version, request.versioning_scheme = self.determine_version(request, *args, **kwargs)
        self._authenticate(request)
        self.check_permissions(request)
        _refuse_nul(kwargs)
        faults.crash_if_planned(request.path)
        if hasattr(self, str(request.method).lower()):
            self._refuse_misunderstood(request)

    def _refuse_misunderstood(self, request: Request) -> None:
        """Refuse what the method would not read, or not as it is meant. Where nobody reads, there is a 405."""
        refuse_long(request, ("If-Match", "If-None-Match", *self.reads_headers))
        refuse_unreadable(request)
        refuse_forms_of_programs(request)
        self._refuse_unknown_parameters(request)

    def _authenticate(self, request: Request) -> None:
        """Who asks too often hears so first: before what they may do, and before what is wrong with their token."""
        try:
            self.perform_authentication(request)
            refuse_another_peer(request)
        finally:
            self.check_throttles(request)
        caller = self.caller
        asking_for = Headers(request).get(context.ON_BEHALF_OF) if caller.service else ""
        context.identify(caller.actor, on_behalf_of=caller.on_behalf_of or asking_for[:64])

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> NoReturn:
        if request.method not in METHODS:
            raise MethodNotImplemented(f"{request.method} is no method of HTTP that is of use here")
        raise exceptions.MethodNotAllowed(str(request.method))

    def throttled(self, request: Request, wait: float | None) -> NoReturn:
        raise self.spent.refusal() if self.spent else RateLimited

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """What can be done here; `Allow`, `Accept-Post` and `Accept-Patch` say it to programs."""
        methods = {method: declared.summary for method, declared in self.methods.items()}
        about = {"name": self.get_view_name(), "description": getdoc(type(self)) or "", "methods": methods}
        return Response(about, headers=accepted_bodies(self.request, self.allowed_methods))

    def read(self) -> Any:
        """The validated body. Raises InvalidRequest (400) that points at each thing that is wrong."""
        if self.asked.reads is None:
            raise TypeError(f"{type(self).__name__} declares no body for {self.request.method}")
        return built(self.shape(self.asked.reads)).run_validation(self.request.data)

    def show(self, thing: Any, *, status: int = 200, location: str = "", **more: Any) -> Response:
        """The thing as clients see it, with its ETag where it has a version, and `Location` where it is new."""
        shape = self.asked.shows[status]
        if shape is None:
            raise TypeError(f"{type(self).__name__} declares no body for a {status}")
        headers = {"Location": topology().public_url + location} if location else None
        shown = {**built(self.shape(shape)).to_representation(thing), **more}
        version = getattr(thing, "version", None)
        return Shown(shown, version=version, status=status, headers=headers, thing=thing)

    def show_row(self, rows: Any) -> Response:
        """The first of these rows (a QuerySet) as clients see it, without an instance of it. Raises Http404 (404)."""
        projection = self._shown.projection
        return _first(rows_of(rows[:1], *projection.columns), projection)

    def show_row_with_id(self, id: str) -> Response:
        """The row that has this id, where the caller may see any of them. Raises Http404 (404)."""
        shape = self._shown
        return _first(rows_with_id(id, shape.Meta.model, *shape.projection.columns), shape.projection)

    @property
    def _shown(self) -> Any:
        """The shape of one thing, which is shown by its projection."""
        return self.shape(cast("Shape", self.asked.shows[200]))

    def show_all(self, things: Iterable[Any]) -> Response:
        """A list that is closed and has one page."""
        shape: Any = self.asked.lists
        data = [built(self.shape(shape)).to_representation(thing) for thing in things]
        return Response({"data": data, "next": None, "previous": None})

    def require_version(self, thing: Any) -> None:
        require_version(self.request, thing.version)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if not isinstance(response, Response):
            self._add_headers(response)
            return response
        if self._could_sign_in(response):
            return HttpResponseRedirect(f"/session?next={quote(self.request.path)}")
        self._mark_problem(response)
        self._add_headers(response)
        self._add_etag(request, response)
        return response

    def _could_sign_in(self, response: Response) -> bool:
        """A browser that opens a page which asks who it is goes to where it can say so, or renew what has run out."""
        is_page = response.accepted_renderer.format == "api" and self.request.method == "GET"
        return is_page and response.status_code == 401

    def _mark_problem(self, response: Response) -> None:
        if response.status_code < 400:
            return
        write_as_problem(response)
        code = response.data["code"] if response.status_code in {401, 403} else ""
        if response.status_code == 401 or code == Forbidden.code():
            response["WWW-Authenticate"] = _challenge(code)

    def _add_headers(self, response: HttpResponseBase) -> None:
        reads = self.request.method in {"GET", "HEAD"} and response.status_code == 200
        response.setdefault("Cache-Control", self.cache_control if reads else "no-store")
        response[context.REQUEST_ID] = context.current().request_id
        if self.spent:
            _add(response, self.spent.headers())
        if getattr(self.request, "version", None):
            response["API-Version"] = str(self.request.version)
            self._add_deprecation(response)
        if response.has_header("Vary"):
            patch_vary_headers(response, VARIES)
        else:
            response["Vary"] = ", ".join(VARIES)

    def _add_deprecation(self, response: HttpResponseBase) -> None:
        version = str(self.request.version)
        deprecation = settings.DEPRECATED_VERSIONS.get((self.service, version))
        if deprecation:
            _add(response, deprecation.headers())
            add_links(response, deprecation.links(self.service, version, self.request.path))

    def _add_etag(self, request: Request, response: Response) -> None:
        """Rendered here, so that the tag is of the very bytes; a page for a browser differs each time and has none."""
        reads, version = request.method in {"GET", "HEAD"}, getattr(response, "version", None)
        is_tagged = version is not None or (reads and response.status_code == 200)
        if not is_tagged or response.accepted_renderer.format == "api":
            return
        response.render()
        response["ETag"] = etag(version, response.content)
        if reads:
            answer_unchanged(request, response)

    def _refuse_unknown_parameters(self, request: Request) -> None:
        if not request.META.get("QUERY_STRING"):
            return
        known = self.query_parameters
        errors = [
            {"pointer": "", "code": "unknown_parameter", "message": f"There is no query parameter {name!r}"}
            for name in request.query_params
            if name not in known
        ]
        if errors:
            raise InvalidRequest("A query parameter is not known here", errors=errors)


class ListView(View):
    """A resource with many members: `page` answers a list. `orderings` is a whitelist, its first entry the default."""

    filter_backends: Any = (StrictFilters, Ordering)
    pagination_class = KeysetPages
    queryset: Any = None
    orderings: ClassVar[tuple[str, ...]] = ("-created_at",)

    @property
    def columns(self) -> tuple[str, ...]:
        """What a page reads of each row."""
        return self._listed.projection.columns  # type: ignore[no-any-return]

    @property
    def query_parameters(self) -> frozenset[str]:
        filters = getattr(self, "filterset_class", None)
        names = filters.base_filters if filters and self.request.method in {"GET", "HEAD"} else ()
        return frozenset({"limit", "cursor", "ordering", *names})

    def get_queryset(self) -> Any:
        """What is listed, for the API document; what a caller may see of it is given to `page`."""
        return self._listed.Meta.model.objects.none() if self.queryset is None else super().get_queryset()

    def page(self, queryset: Any) -> Response:
        """One page of what the caller may see, filtered and ordered as asked."""
        rows = self.paginate_queryset(self.filter_queryset(queryset))
        return self.get_paginated_response(self._listed.projection.show(rows))

    @property
    def _listed(self) -> Any:
        """The shape of the members, which are shown by its projection."""
        listed = self.methods["GET"].lists
        return listed and self.shape(listed)


class UnknownUrl(View):
    """What no route claims: a problem, like every other refusal."""

    format_kwarg = None
    refusal: Problem | None = None

    def get_view_name(self) -> str:
        return ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request, force=True)
        self.check_throttles(request)
        raise self.refusal or NotFound

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        self.authentication_classes = ()
        return super().initialize_request(request, *args, **kwargs)

    get = post = put = patch = delete = View.http_method_not_allowed


def _add(response: HttpResponseBase, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        response[name] = value


def _first(rows: list[Row], projection: Projection) -> Response:
    shown = projection.show(rows)
    if not shown:
        raise Http404
    return Shown(shown[0], version=rows[0]["version"])


def _refuse_spent_time() -> None:
    left = context.current().seconds_left()
    if left is not None and left <= 0:
        raise DeadlineExceeded


def _refuse_nul(names: Mapping[str, Any]) -> None:
    """PostgreSQL cannot even be asked for a text with a NUL in it; nothing is called so."""
    if any("\x00" in name for name in names.values() if isinstance(name, str)):
        raise NotFound


def _refuse_large_body(request: Request, most: int) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not _LENGTH.fullmatch(length):
        raise InvalidRequest("Content-Length is no number")
    if int(length) > most:
        raise PayloadTooLarge(f"A body has at most {most} bytes")


def _challenge(code: str) -> str:
    """How to be let in; a request without credentials is told the scheme alone."""
    error = _ERRORS.get(code, ', error="invalid_token"')
    return f'Bearer realm="tearline"{error}'
