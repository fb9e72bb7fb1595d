"""How clients begin long work and follow it (RFC 7240 for `respond-async`).

::

    POST /v2/orders/exports                        202, Location: …/v2/services/orders/operations/opr_…
    GET  /v2/services/orders/operations/opr_…      {"status": "running", "progress": {"done": 500, "total": 2000}, …}
    GET  /v2/services/orders/operations/opr_…/result

It is there for whoever began it. Some come with a token, which opens that one to whoever sends it
(`X-Operation-Token`), signed in or not.
"""

from typing import Any

from django.conf import settings
from django.db.models import Value
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from chassis import context, operations
from chassis.methods import Method
from chassis.operations import Status
from chassis.pages import Page
from chassis.permissions import People, Programs
from chassis.problems import InvalidState, OperationNotFinished
from chassis.projections import Projection, Row, milliseconds
from chassis.serializers import MilliTime, Strict
from chassis.signing import digest
from chassis.topology import topology
from chassis.views import ListView, View

POLL_SECONDS = 1
TOKEN = "X-Operation-Token"  # noqa: S105  the name of a header
COLUMNS = (
    *("service", "id", "kind", "status", "steps_done", "steps_total", "problem"),
    *("created_at", "started_at", "ended_at", "expires_at", "version"),
)


def result_link(service: str, operation_id: str, status: str) -> str | None:
    """Where the result is, in the newest version, once there is one."""
    newest = settings.API_VERSIONS[service][-1]
    address = f"{topology().public_url}/{newest}/services/{service}/operations/{operation_id}/result"
    return address if status == Status.SUCCEEDED else None


def _shown(rows: list[Row]) -> list[Row]:
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "status": row["status"],
            "progress": {"done": row["steps_done"], "total": row["steps_total"]},
            "result": result_link(row["service"], row["id"], row["status"]),
            "problem": row["problem"],
            "created_at": milliseconds(row["created_at"]),
            "started_at": milliseconds(row["started_at"]),
            "ended_at": milliseconds(row["ended_at"]),
            "expires_at": milliseconds(row["expires_at"]),
            "version": row["version"],
        }
        for row in rows
    ]


OPERATIONS = Projection(COLUMNS, _shown)


class Progress(serializers.Serializer):  # type: ignore[type-arg]
    """How far it is; `total` is null until that is known."""

    done = serializers.IntegerField(source="steps_done")
    total = serializers.IntegerField(source="steps_total", allow_null=True)


class ShownOperation(serializers.Serializer):  # type: ignore[type-arg]
    """Long work, and how far it is. `result` and `problem` are null until it has ended so."""

    projection = OPERATIONS
    id = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    progress = Progress(source="*")
    result = serializers.SerializerMethodField()
    problem = serializers.DictField(allow_null=True)
    created_at = MilliTime()
    started_at = MilliTime(allow_null=True)
    ended_at = MilliTime(allow_null=True)
    expires_at = MilliTime(allow_null=True)
    version = serializers.IntegerField()

    def get_result(self, operation: Any) -> str | None:
        return result_link(operation._meta.app_label, operation.id, operation.status)


class Nothing(Strict):
    """The body of a command that needs none."""


class LongWork(View):
    """A command that takes long: it is begun, and answered with the operation to follow."""

    def accept(self, operation: Any, **once: str) -> Response:
        """202 with the operation's address, and when to look at it first; `once` is what is told here alone."""
        location = f"/{self.request.version}/services/{self.service}/operations/{operation.id}"
        response = self.show(operation, status=202, location=location, **once)
        response["Retry-After"] = str(POLL_SECONDS)
        if "respond-async" in self.request.headers.get("Prefer", ""):
            response["Preference-Applied"] = "respond-async"
        return response


class Holders(BasePermission):
    """Whoever brings a token; whether it opens anything is seen when it is looked for."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(context.Headers(request).get(TOKEN))


class OfOperations(View):
    """One's own operations; those of others are not there."""

    permission_classes = [People | Programs | Holders]
    reads_headers = {TOKEN: "What opens an operation to whoever cannot sign in: its `operation_token`"}
    html = Page(heading="Operation {id}", columns=("id", "kind", "status", "created_at", "ended_at"))

    def operations(self) -> Any:
        token, known = self.request.headers.get(TOKEN, ""), operations.model(self.service).objects
        return known.filter(token_digest=digest(token)) if token else known.filter(owner=self.caller.id)

    def operation(self, id: str) -> Any:
        found = self.operations().filter(pk=id).first()
        if found is None:
            raise Http404
        return found


class OperationList(OfOperations, ListView):
    """One's own operations, the newest first."""

    methods = {"GET": Method("List operations", lists=ShownOperation)}

    def get_queryset(self) -> Any:
        return self.operations().none()

    def get(self, request: Request) -> Response:
        return self.page(self.operations().annotate(service=Value(self.service)))


class OperationDetail(OfOperations):
    """How far long work is."""

    methods = {"GET": Method("Follow an operation", shows={200: ShownOperation})}

    def get(self, request: Request, id: str) -> Response:
        operation = self.operation(id)
        response = self.show(operation)
        if not operation.has_ended:
            response["Retry-After"] = str(POLL_SECONDS)
        return response


class OperationCancel(OfOperations):
    """Ending long work before it is done; what it did so far stays done."""

    methods = {
        "POST": Method("Cancel an operation", reads=Nothing, shows={200: ShownOperation}, refuses=(InvalidState,))
    }

    def post(self, request: Request, id: str) -> Response:
        self.read()
        return self.show(operations.cancel(self.service, self.operation(id).id))


class OperationResult(OfOperations):
    """What came of long work, in a format of its own: nothing else can be asked for."""

    methods = {
        "GET": Method(
            "Read the result of an operation",
            writes=("text/csv", "application/json"),
            refuses=(OperationNotFinished,),
        )
    }

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: FBT001, FBT002  # DRF's
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: HttpRequest, id: str) -> HttpResponseBase:
        operation = self.operation(id)
        if operation.status != Status.SUCCEEDED:
            raise OperationNotFinished(current_status=operation.status)
        pieces = (piece.encode() for piece in operation.result())
        return StreamingHttpResponse(pieces, content_type=operation.media_type)


def operation_routes(service: str) -> list[Any]:
    """Where the operations of a service are, within each of its versions."""
    here = f"services/{service}/operations"
    return [
        path(here, OperationList.as_view(), name="operation-list"),
        path(f"{here}/<str:id>", OperationDetail.as_view(), name="operation-detail"),
        path(f"{here}/<str:id>/cancel", OperationCancel.as_view(), name="operation-cancel"),
        path(f"{here}/<str:id>/result", OperationResult.as_view(), name="operation-result"),
    ]
