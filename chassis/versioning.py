"""Versions by path: `/v1/…`. The version is the namespace in which the route lies."""

import re
from typing import Any

from rest_framework.request import Request
from rest_framework.versioning import NamespaceVersioning

from chassis.topology import topology

_VERSION = re.compile(r"v[1-9]\d*")


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
