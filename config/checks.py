"""Checks of how this process is put together; `manage.py check` runs them, and so does every start in development."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver

from chassis.topology import topology
from chassis.urls import url_space
from config.routes import owner


@register
def every_route_is_its_services_own(**_: Any) -> list[CheckMessage]:
    """A route outside its service's part of the table would be sent to another service, or claimed by two."""
    return [
        Error(
            f"{service} has the route {route}, which the table gives to {owner(route) or 'nobody'}", id="tearline.E001"
        )
        for service in topology().hosted
        for route in routes(url_space(service))
        if owner(route) != service
    ]


def routes(patterns: Any, prefix: str = "/") -> Iterator[str]:
    """Every address of a URL space, with `x` in the place of what varies."""
    for pattern in patterns:
        address = prefix + _sample(pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address


def _sample(pattern: Any) -> str:
    return re.sub(r"<[^>]+>", "x", str(pattern.pattern)).replace("^", "").replace("$", "")
