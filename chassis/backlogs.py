"""Announcements that wait, on their way out and in: what is in their way, and another try at once.

::

    GET  /v1/services/orders/announcements?direction=in&failing=true
    POST /v1/services/orders/announcements/evt_…/replay                 204
"""

from collections.abc import Iterator
from typing import Any

import django_filters as filters
from django.apps import apps
from django.db import transaction
from django.db.models import F, Value
from django.http import Http404
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chassis import inbox, outbox
from chassis.audits import record
from chassis.filters import TextFilter
from chassis.followers import Nothing
from chassis.methods import Method
from chassis.pages import Page
from chassis.permissions import scope
from chassis.problems import InvalidState
from chassis.projections import Projection, Row, milliseconds
from chassis.serializers import MilliTime
from chassis.views import ListView, View
from chassis.wakes import wake_on_commit

COLUMNS = (
    *("announcement_id", "announcement_type", "direction", "told_by", "told_to"),
    *("stream", "number", "failures", "last_failure", "due_at"),
)
MAY_REPEAT = scope("announcements:admin")


def replay(service: str, announcement_id: str) -> None:
    """Have it tried at once, by every subscriber that waits for it, with what must come before it in its stream.

    Raises Http404, and InvalidState if nobody waits for it any more.
    """
    with transaction.atomic(using=service):
        lanes = [*_lanes(service, announcement_id)]
        if not lanes:
            _refuse(service, announcement_id)
        for lane in lanes:
            lane.update(due_at=timezone.now())
        record(service, "announcement.replayed", announcement_id)
        wake_on_commit(service)


def _lanes(service: str, announcement_id: str) -> Iterator[Any]:
    """For each subscriber that waits for it, what is in the stream up to it."""
    for row in outbox.waiting(service).filter(event_id=announcement_id):
        yield outbox.waiting(service).filter(subscriber=row.subscriber, stream=row.stream, number__lte=row.number)
    for row in inbox.waiting(service).filter(pk=announcement_id):
        yield inbox.waiting(service).filter(stream=row.stream, number__lte=row.number)


def _refuse(service: str, announcement_id: str) -> None:
    told = apps.get_model(service, "OutboxEvent").objects.filter(pk=announcement_id)
    heard = apps.get_model(service, "InboxEvent").objects.filter(pk=announcement_id)
    if not told.exists() and not heard.exists():
        raise Http404
    raise InvalidState(current_status="done", requested="replay", allowed_actions=[])


def _shown(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["announcement_id"],
            "type": row["announcement_type"],
            "direction": row["direction"],
            "source": row["told_by"].rpartition("/")[2],
            "subscriber": row["told_to"],
            "subject": row["stream"],
            "sequence": row["number"],
            "failures": row["failures"],
            "last_failure": row["last_failure"],
            "due_at": milliseconds(row["due_at"]),
        }
        for row in rows
    ]


class ShownAnnouncement(serializers.Serializer):  # type: ignore[type-arg]
    """An announcement that waits: from whom to whom, how often it was tried in vain, and when it is tried next."""

    projection = Projection(COLUMNS, _shown)
    id = serializers.CharField()
    type = serializers.CharField()
    direction = serializers.ChoiceField(["out", "in"])
    source = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields off the class
    subscriber = serializers.CharField()
    subject = serializers.CharField()
    sequence = serializers.IntegerField()
    failures = serializers.IntegerField()
    last_failure = serializers.CharField()
    due_at = MilliTime()


class AnnouncementFilters(filters.FilterSet):  # type: ignore[misc]  # it has no types
    direction = filters.ChoiceFilter(
        label="On its way out (unless it is said) or in", choices=[("out", "out"), ("in", "in")], method="as_chosen"
    )
    failing = filters.ChoiceFilter(
        label="Whether it was tried in vain", choices=[("true", "true"), ("false", "false")], method="by_failures"
    )
    type = TextFilter("What was announced", max_length=64, field_name="announcement_type")

    def as_chosen(self, waiting: Any, name: str, value: str) -> Any:
        return waiting

    def by_failures(self, waiting: Any, name: str, value: str) -> Any:
        return waiting.filter(failures__gt=0) if value == "true" else waiting.filter(failures=0)


class WaitingAnnouncements(ListView):
    """What this service and its neighbours have not told one another yet, or not reacted to."""

    permission_classes = [scope("audit:read") | MAY_REPEAT]
    html = Page(columns=("id", "type", "subscriber", "subject", "sequence", "failures", "last_failure", "due_at"))
    filterset_class = AnnouncementFilters
    orderings = ("due_at", "-due_at")
    methods = {"GET": Method("List waiting announcements", lists=ShownAnnouncement)}

    def get_queryset(self) -> Any:
        return outbox.waiting(self.service).none()

    def get(self, request: Request) -> Response:
        comes_in = request.query_params.get("direction") == "in"
        return self.page(self._coming_in() if comes_in else self._going_out())

    def _going_out(self) -> Any:
        named = {"announcement_id": F("event_id"), "announcement_type": F("event__type"), "told_to": F("subscriber")}
        return outbox.waiting(self.service).annotate(direction=Value("out"), told_by=Value(self.service), **named)

    def _coming_in(self) -> Any:
        named = {"announcement_id": F("pk"), "announcement_type": F("type"), "told_by": F("source")}
        return inbox.waiting(self.service).annotate(direction=Value("in"), told_to=Value(self.service), **named)


class AnnouncementReplay(View):
    """Having an announcement tried at once, after whatever comes before it in its stream."""

    permission_classes = [MAY_REPEAT]
    methods = {"POST": Method("Replay an announcement", reads=Nothing, shows={204: None}, refuses=(InvalidState,))}

    def post(self, request: Request, id: str) -> Response:
        self.read()
        replay(self.service, id)
        return Response(status=204)


def announcement_routes(service: str) -> list[Any]:
    """Where the announcements of a service wait, within each of its versions."""
    here = f"services/{service}/announcements"
    return [
        path(here, WaitingAnnouncements.as_view(), name="announcement-list"),
        path(f"{here}/<str:id>/replay", AnnouncementReplay.as_view(), name="announcement-replay"),
    ]
