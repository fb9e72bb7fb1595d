"""Pages by position, not by number: a cursor says after which row the next page begins.

A walk to the end meets every row that was there all along exactly once, however many are added or removed meanwhile,
and costs the same on the last page as on the first::

    GET /v1/products?limit=2
    {"data": [{…}, {…}], "next": "https://shop.example/v1/products?cursor=…&limit=2", "previous": null}
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.core.signing import BadSignature
from django.db.models import Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from chassis import signing
from chassis.links import add_links
from chassis.problems import InvalidRequest
from chassis.projections import Row, rows_of
from chassis.topology import topology

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_CURSOR = 3500


class KeysetPages(BasePagination):
    """Keyset pagination over the first ordering of the queryset, ties broken by the primary key.

    Cursors are signed by the service and bound to route, filters and ordering: a forged or a foreign one is a 400.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page of rows with the view's `columns`."""
        self._request, self._service = request, view.service
        self._field, self._descends = _ordering(queryset)
        self._limit = _read_limit(request)
        backwards, position = self._read_cursor()
        found = self._rows(queryset, backwards=backwards, position=position)
        rows = rows_of(found, *dict.fromkeys((*view.columns, self._field, "pk")))
        has_more, rows = len(rows) > self._limit, rows[: self._limit]
        if backwards:
            rows.reverse()
        self._next = self._link(rows[-1], backwards=False) if rows and (has_more or backwards) else None
        self._previous = self._link(rows[0], backwards=True) if rows and (has_more if backwards else position) else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        response = Response({"data": data, "next": self._next, "previous": self._previous})
        add_links(response, {"next": self._next, "prev": self._previous})
        return response

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        cursor = {"type": "string", "pattern": "^[0-9A-Za-z_:.-]+$", "maxLength": MAX_CURSOR}
        return [
            {"name": "limit", "in": "query", "description": "How many rows a page has", "schema": limit},
            {"name": "cursor", "in": "query", "description": "From `next` or `previous`", "schema": cursor},
        ]

    def _rows(self, queryset: QuerySet[Model], *, backwards: bool, position: list[Any] | None) -> QuerySet[Model]:
        descends = self._descends != backwards
        sign, compare = ("-", "lt") if descends else ("", "gt")
        if position:
            value, key = position
            beyond = Q(**{f"{self._field}__{compare}": value}) | Q(**{self._field: value, f"pk__{compare}": key})
            reaches = f"{self._field}__{'lte' if descends else 'gte'}"
            queryset = queryset.filter(beyond, **{reaches: value})
        return queryset.order_by(f"{sign}{self._field}", f"{sign}pk")[: self._limit + 1]

    def _link(self, row: Row, *, backwards: bool) -> str:
        position = [self._exact(row[self._field]), row["pk"]]
        cursor = signing.sign(self._service, [backwards, position], purpose=self._purpose())
        query = {**self._filters(), "cursor": cursor, "limit": str(self._limit)}
        return f"{topology().public_url}{self._request.path}?{urlencode(sorted(query.items()))}"

    def _exact(self, value: Any) -> Any:
        """What a filter reads again; a time without a zone is one in UTC."""
        if not isinstance(value, datetime):
            return value
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()

    def _read_cursor(self) -> tuple[bool, list[Any] | None]:
        given = self._request.query_params.get("cursor")
        if given is None:
            return False, None
        try:
            backwards, position = signing.unsign(self._service, given, purpose=self._purpose())
        except BadSignature as exc:
            raise InvalidRequest("The cursor is not one of this list's") from exc
        return backwards, position

    def _filters(self) -> dict[str, str]:
        return {
            name: value for name, value in self._request.query_params.dict().items() if name not in {"cursor", "limit"}
        }

    def _purpose(self) -> str:
        return f"cursor:{self._request.path}?{urlencode(sorted(self._filters().items()))}"


def page_schema(member: dict[str, Any]) -> dict[str, Any]:
    """What a page of such members looks like."""
    link = {"type": ["string", "null"], "format": "uri", "maxLength": 8000}
    members = {"data": {"type": "array", "items": member, "maxItems": MAX_LIMIT}, "next": link, "previous": link}
    return {"type": "object", "required": [*members], "properties": members}


def _ordering(queryset: QuerySet[Model]) -> tuple[str, bool]:
    first = str(queryset.query.order_by[0])
    return first.lstrip("-"), first.startswith("-")


def _read_limit(request: Request) -> int:
    given = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (
        given.isascii() and given.isdecimal() and len(given) <= len(str(MAX_LIMIT)) and 1 <= int(given) <= MAX_LIMIT
    ):
        raise InvalidRequest(f"limit is a whole number from 1 to {MAX_LIMIT}")
    return int(given)
