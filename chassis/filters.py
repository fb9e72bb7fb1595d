"""What a list may be asked: filters, and orderings from a whitelist; anything else is a 400 that names it."""

from typing import Any

from django_filters.rest_framework import CharFilter, DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from chassis.problems import InvalidRequest
from chassis.serializers import ANY_TEXT


class TextFilter(CharFilter):  # type: ignore[misc]  # it has no types
    """Looks for a text of at most `max_length` characters; `about` says in the API document what it is."""

    def __init__(self, about: str, *, max_length: int, **options: Any) -> None:
        super().__init__(label=about, max_length=max_length, **options)
        described = {"type": "string", "pattern": ANY_TEXT, "maxLength": max_length, "description": about}
        extend_schema_field(described)(self)


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc]  # it has no types
    """django-filter; a filter given twice is refused, because either value could be meant."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        twice = [name for name, values in request.query_params.lists() if len(values) > 1]
        if twice:
            raise InvalidRequest(f"Given more than once: {', '.join(twice)}")
        known = getattr(view, "filterset_class", None)
        if known and not known.base_filters.keys() & request.query_params.keys():
            return queryset  # a set of filters is made anew for each request, which costs as much as a query
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
