"""The audit trail of a service, as auditors read it: `GET /v1/services/orders/audit-events`."""

from typing import Any

import django_filters as filters
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chassis.audits import model
from chassis.filters import TextFilter
from chassis.methods import Method
from chassis.pages import Page
from chassis.permissions import scope
from chassis.projections import Projection, Row, milliseconds
from chassis.serializers import MilliTime
from chassis.views import ListView

COLUMNS = ("id", "at", "actor", "on_behalf_of", "action", "subject", "changes", "request_id")


def _shown(rows: list[Row]) -> list[Row]:
    return [{**{name: row[name] for name in COLUMNS}, "at": milliseconds(row["at"])} for row in rows]


class ShownAuditEvent(serializers.Serializer):  # type: ignore[type-arg]
    """One act: who did it, on whose behalf, to what, and what that changed, personal data masked."""

    projection = Projection(COLUMNS, _shown)
    id = serializers.CharField()
    at = MilliTime()
    actor = serializers.CharField()
    on_behalf_of = serializers.CharField()
    action = serializers.CharField()
    subject = serializers.CharField()
    changes = serializers.DictField()
    request_id = serializers.CharField()


class AuditFilters(filters.FilterSet):  # type: ignore[misc]  # it has no types
    actor = TextFilter("Who did it", max_length=64)
    on_behalf_of = TextFilter("Whom it was done for", max_length=64)
    action = TextFilter("What was done", max_length=64)
    subject = TextFilter("The id of what it was done to", max_length=64)
    request_id = TextFilter("In which request", max_length=64)


class AuditEvents(ListView):
    """Who did what. Nothing here is ever changed or removed."""

    permission_classes = [scope("audit:read")]
    html = Page(columns=("at", "actor", "action", "subject", "changes"))
    filterset_class = AuditFilters
    orderings = ("-at", "at")
    methods = {"GET": Method("List audit events", lists=ShownAuditEvent)}

    def get_queryset(self) -> Any:
        return model(self.service).objects.none()

    def get(self, request: Request) -> Response:
        return self.page(model(self.service).objects.all())


def audit_routes(service: str) -> list[Any]:
    """Where the trail of a service is, within each of its versions."""
    return [path(f"services/{service}/audit-events", AuditEvents.as_view(), name="audit-event-list")]
