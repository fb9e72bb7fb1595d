"""Each service's URL space, whole by itself: what a process mounts, and what a call in process is dispatched into."""

from functools import lru_cache
from typing import Any

from django.urls import include, path

from chassis.topology import topology

UrlSpace = Any  # a tuple of routes; Django takes one wherever it takes the name of a URL module, its stubs do not


@lru_cache
def url_space(service: str) -> UrlSpace:
    """The routes of a hosted service in its own namespace, usable as a root by themselves: `orders:v1:order-list`."""
    return (path("", include((topology().url_spaces[service], service))),)


def service_of(request: Any) -> str:
    """Which service answers this request: the outermost namespace of its route, empty for routes of the process."""
    match = request.resolver_match
    return match.namespaces[0] if match and match.namespaces else ""
