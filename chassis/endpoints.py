"""What every service answers of its own: its keys, its health, its OpenAPI document, what others ask it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import path
from django.utils.dateparse import parse_datetime
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chassis import invariants, sightings
from chassis.documents import openapi
from chassis.inbox import receive
from chassis.invariants import Span
from chassis.keys import REFETCH_SECONDS, own_key_set
from chassis.methods import Method
from chassis.outbox import SCOPE
from chassis.parsers import StructuredCloudEvent
from chassis.permissions import Anyone, service
from chassis.problems import Forbidden, InvalidRequest, NotFound
from chassis.readiness import require_ready
from chassis.serializers import AnyObject, Text
from chassis.tokens import issuer_of
from chassis.topology import SERVICES
from chassis.views import View


class Own(View):
    """A resource about the service itself: open, without a version, and not part of its API document."""

    authentication_classes = ()
    permission_classes = [Anyone]
    throttle_classes = ()
    versioning_class = None
    schema = None


class KeySet(Own):
    """The service's public keys (RFC 7517)."""

    uses_database = False
    # No longer than those wait who ask again for a key that they do not know.
    cache_control = f"public, max-age={REFETCH_SECONDS}"

    def get(self, request: Request) -> Response:
        return Response(own_key_set(self.service))


class Ready(Own):
    """The service can read its tables, and they are those of its code."""

    def get(self, request: Request) -> Response:
        require_ready(self.service)
        return Response({"service": self.service, "status": "ready"})


class CloudEvent(serializers.Serializer):  # type: ignore[type-arg]
    """CloudEvents 1.0, the attributes that we read; others may be there (section 3.1)."""

    specversion = serializers.ChoiceField(["1.0"])
    id = Text(max_length=64)
    source = Text(max_length=200)  # type: ignore[assignment]  # DRF keeps the name for itself
    type = Text(max_length=64)
    subject = Text(max_length=64)
    sequence = serializers.RegexField(r"^\d{1,9}\Z")
    requestid = Text(max_length=64, required=False, allow_blank=True)
    traceparent = Text(max_length=55, required=False, allow_blank=True)
    data = AnyObject()  # type: ignore[assignment]  # the standard calls it so


class Announcements(View):
    """Where a service hears from the others. While they wait, it only stores: 202, also for a repetition."""

    permission_classes = [service(*SERVICES, scope=SCOPE)]
    parser_classes = [StructuredCloudEvent]
    methods = {"POST": Method("Hear an announcement", reads=CloudEvent)}
    idempotency = "natural"
    versioning_class = None
    schema = None

    def post(self, request: Request) -> Response:
        event = self.read()
        if event["source"] != issuer_of(self.caller.service):
            raise Forbidden("A service announces only what is its own")
        receive(self.service, event)
        return Response({"id": event["id"]}, status=202)


class Observations(View):
    """What the service has seen of its calls and requests, for whoever draws the map."""

    permission_classes = [service(*SERVICES, scope=sightings.SCOPE)]
    methods = {"GET": Method("Tell what was seen", shows={200: None})}
    versioning_class = None
    schema = None

    def get(self, request: Request) -> Response:
        return Response(sightings.sighting(self.service).as_json())


class InvariantViolations(View):
    """What the rows of the service contradict by themselves: `?settled_before=` says what is no longer under way."""

    permission_classes = [service(*SERVICES, scope=invariants.SCOPE)]
    methods = {"GET": Method("Tell what is violated", shows={200: None})}
    query_parameters = frozenset({"settled_before"})
    versioning_class = None
    schema = None

    def get(self, request: Request) -> Response:
        return Response({"data": invariants.violations(self.service, _moment(request, "settled_before"))})


class InvariantFacts(View):
    """Facts of one kind, to be compared with those of another service: a page of them, in the order of their keys."""

    permission_classes = [service(*SERVICES, scope=invariants.SCOPE)]
    methods = {"GET": Method("Tell facts to compare", shows={200: None})}
    query_parameters = frozenset({"settled_before", "since", "after", "until", "limit"})
    versioning_class = None
    schema = None

    def get(self, request: Request, kind: str) -> Response:
        asked = request.query_params
        span = Span(
            settled_before=_moment(request, "settled_before"),
            since=_moment(request, "since") if "since" in asked else None,
            after=asked.get("after", ""),
            until=asked.get("until", ""),
            limit=_limit(asked.get("limit", str(invariants.PAGE))),
        )
        if kind not in invariants.of_service(self.service).facts:
            raise NotFound
        return Response(invariants.facts(self.service, kind, span))


def _moment(request: Request, name: str) -> datetime:
    moment = parse_datetime(request.query_params.get(name, ""))
    if moment is None or moment.tzinfo is None:
        raise InvalidRequest(f"{name} is a time with its zone (RFC 3339)")
    return moment


def _limit(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and 1 <= int(given) <= invariants.PAGE):
        raise InvalidRequest(f"limit is a whole number from 1 to {invariants.PAGE}")
    return int(given)


def internal_routes() -> list[Any]:
    """What every service answers to the others."""
    return [
        path("invariants", InvariantViolations.as_view(), name="invariant-violations"),
        path("invariants/<slug:kind>", InvariantFacts.as_view(), name="invariant-facts"),
        path("announcements", Announcements.as_view(), name="announcements"),
        path("observations", Observations.as_view(), name="observations"),
    ]


class OpenApi(Own):
    """The OpenAPI 3.1 document of one version: `as_view(version="v1", renderer_classes=[…])`."""

    uses_database = False
    version = "v1"
    cache_control = "public, max-age=60"

    def get(self, request: Request) -> Response:
        return Response(openapi(self.service, self.version))


def openapi_routes(service: str) -> list[Any]:
    """The documents of every version of a service, as JSON and as YAML."""
    formats = {
        "json": [OpenApiJsonRenderer, OpenApiJsonRenderer2],
        "yaml": [OpenApiYamlRenderer, OpenApiYamlRenderer2],
    }
    return [
        path(
            f"openapi/{service}/{version}.{ending}",
            OpenApi.as_view(version=version, renderer_classes=renderers),
            name=f"openapi-{version}-{ending}",
        )
        for version in settings.API_VERSIONS[service]
        for ending, renderers in formats.items()
    ]
