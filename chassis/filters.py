"""What a list may be asked: filters, and orderings from a whitelist; anything else is a 400 that names it."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from chassis.problems import InvalidRequest


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc]  # it has no types
    """django-filter; a filter given twice is refused, because either value could be meant."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        twice = [name for name, values in request.query_params.lists() if len(values) > 1]
        if twice:
            raise InvalidRequest(f"Given more than once: {', '.join(twice)}")
        return super().filter_queryset(request, queryset, view)


class Ordering(BaseFilterBackend):
    """`ordering=name` or `-name`, one of the view's `orderings`; the first of them is the default."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        wanted = request.query_params.get("ordering", view.orderings[0])
        if wanted not in view.orderings:
            raise InvalidRequest(f"ordering is one of {', '.join(view.orderings)}")
        return queryset.order_by(wanted)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        schema = {"type": "string", "enum": list(view.orderings), "default": view.orderings[0]}
        return [{"name": "ordering", "in": "query", "description": "The order of the list", "schema": schema}]
