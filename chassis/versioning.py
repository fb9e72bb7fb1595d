"""Versions of the API, asked for in three ways and answered in one.

`/v2/orders` is the canonical address. `/orders` with `Accept: application/json; version=2`, or with `?version=2`, is
the same resource with the same body: before a view is chosen, the path is settled to the canonical one.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from rest_framework.request import Request
from rest_framework.versioning import NamespaceVersioning

from chassis.context import Headers
from chassis.problems import ContradictingVersions, Problem, UnsupportedVersion, VersionRequired
from chassis.topology import topology
from chassis.urls import url_space

# What is for services says its version within its path, and is not asked for in another way.
INTERNAL = "/internal/"
_VERSION = re.compile(r"v[1-9]\d*")
_IN_PATH = re.compile(r"/(v[1-9]\d*)/")
_IN_ACCEPT = re.compile(r';\s*version\s*=\s*"?([^",;\s]*)"?', re.IGNORECASE)


class PathVersioning(NamespaceVersioning):
    """DRF's namespace versioning within a service's namespace: reversing `order-list` gives `orders:v1:order-list`."""

    def determine_version(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """`v1` for `/v1/orders`, None where the path has no version."""
        return next((name for name in request.resolver_match.namespaces if _VERSION.fullmatch(name)), None)  # type: ignore[union-attr]

    def reverse(
        self,
        viewname: str,
        args: Any = None,
        kwargs: Any = None,
        request: Request | None = None,
        format: Any = None,
        **extra: Any,
    ) -> str:
        """The address under the public URL, the same in every topology."""
        from django.urls import reverse

        name = ":".join([*request.resolver_match.namespaces, viewname]) if request else viewname  # type: ignore[union-attr]
        return topology().public_url + reverse(name, args=args, kwargs=kwargs)


def versions(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: every request goes on at its canonical address, or is told why it has none."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            settle(request)
        except Problem as problem:
            from chassis.views import UnknownUrl

            answer: Any = UnknownUrl.as_view(refusal=problem)(request)
            rendered: HttpResponse = answer.render()
            return rendered
        return get_response(request)

    return middleware


def settle(request: HttpRequest) -> None:
    """Move the request to the path of the version that it asks for, and take the question out of its query.

    Raises VersionRequired, UnsupportedVersion or ContradictingVersions (400), which list the versions there are.
    """
    path = request.path_info
    if path.startswith(INTERNAL):
        return
    in_path = _IN_PATH.match(path)
    asked = {_normal(word) for word in _asked(request)}
    if in_path and not asked:
        return
    supported = [in_path[1]] if in_path else list(_versions_of(path))
    if not supported:
        return
    chosen = _chosen(asked, supported, in_path=bool(in_path))
    _move(request, path if in_path else f"/{chosen}{path}")


def _chosen(asked: set[str], supported: list[str], *, in_path: bool) -> str:
    if not asked:
        raise VersionRequired(f"Begin the path with /{supported[-1]}", supported_versions=supported)
    if len(asked) > 1 or (in_path and asked != set(supported)):
        raise ContradictingVersions(f"Asked for {', '.join(sorted(asked | (set(supported) if in_path else set())))}")
    version = next(iter(asked))
    if version not in supported:
        raise UnsupportedVersion(f"There is no {version} of this", supported_versions=supported)
    return version


def _asked(request: HttpRequest) -> Iterator[str]:
    accept = Headers(request).get("Accept")
    if "version" in accept.lower():
        yield from _IN_ACCEPT.findall(accept)
    if "version" in request.META.get("QUERY_STRING", ""):
        yield from request.GET.getlist("version")


def _normal(word: str) -> str:
    """`2` and `v2` are the same."""
    return word if word.startswith("v") else f"v{word}"


def _versions_of(path: str) -> Iterator[str]:
    """The versions in which a hosted service has this path, oldest first."""
    for service in topology().hosted:
        for version in settings.API_VERSIONS[service]:
            try:
                resolve(f"/{version}{path}", urlconf=url_space(service))
            except Resolver404:
                continue
            yield version


def _move(request: HttpRequest, path: str) -> None:
    query = request.GET.copy()
    query.pop("version", None)
    request.META["QUERY_STRING"] = query.urlencode()
    vars(request).pop("GET", None)  # Django reads it once, from META
    request.path_info = request.META["PATH_INFO"] = path
    request.path = request.META.get("SCRIPT_NAME", "") + path
