"""A resource as REST framework's own documentation teaches it, and what leads it into each trap."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from rest_framework import filters, pagination, serializers, viewsets
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import exception_handler

from apps.orders.models import Operation

GOOD = {"kind": "export", "owner": "usr_x", "media_type": "text/csv", "wishes": {}}
HALF = "\ud800"


class PlainSerializer(serializers.ModelSerializer):
    class Meta:
        model = Operation
        fields = ("id", "kind", "owner", "status", "wishes", "media_type", "steps_total", "created_at")
        extra_kwargs = {"id": {"read_only": True}}


class ByCursor(pagination.CursorPagination):
    ordering = "-created_at"
    page_size = 2


class PlainOperations(viewsets.ModelViewSet):
    """Nothing of ours: every default of the project is set back to the framework's."""

    queryset = Operation.objects.order_by("-created_at")
    serializer_class = PlainSerializer
    authentication_classes = permission_classes = throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)
    content_negotiation_class = DefaultContentNegotiation
    versioning_class = None
    pagination_class: Any = pagination.LimitOffsetPagination
    filter_backends = (filters.OrderingFilter,)
    ordering_fields = ("created_at",)

    def get_exception_handler(self) -> Any:
        return exception_handler


class Forgetful(PlainOperations):
    """Breaks after it has saved."""

    def perform_create(self, serializer: Any) -> None:
        super().perform_create(serializer)
        raise RuntimeError("the rest of the work broke")


def post(content: Any, view: Any = PlainOperations, content_type: str = "application/json", **headers: str) -> Response:
    """The answer to this body; raises what the view lets through."""
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    request = APIRequestFactory().generic("POST", "/plain", text, content_type, headers=headers)
    return view.as_view({"post": "create"})(request).render()


def get(query: str, **options: Any) -> Response:
    return PlainOperations.as_view({"get": "list"}, **options)(APIRequestFactory().get(f"/plain?{query}")).render()


def crashes(ask: Callable[[], Any]) -> bool:
    """Whether the view lets an exception through, which Django answers with a 500."""
    try:
        ask()
    except Exception:  # noqa: BLE001  any is a 500
        return True
    return False


def takes(ask: Callable[[], Response]) -> bool:
    return ask().status_code < 300


def leaves_half() -> bool:
    return crashes(lambda: post({**GOOD, "kind": "half"}, Forgetful)) and Operation.objects.filter(kind="half").exists()


def takes_or_crashes(ask: Callable[[], Response]) -> bool:
    """One of both, depending on the database."""
    return crashes(ask) or takes(ask)


FORGED = b64encode(b"p=garbage").decode()
FALLS: dict[str, Callable[[], bool]] = {
    "JSON nested without end": lambda: crashes(lambda: post("[" * 100_000)),
    "half a surrogate pair": lambda: crashes(lambda: post({**GOOD, "wishes": {"name": HALF}})),
    "half a surrogate pair as a choice": lambda: crashes(lambda: post({**GOOD, "status": HALF})),
    "a NUL": lambda: takes_or_crashes(lambda: post({**GOOD, "wishes": {"name": "\x00"}})),
    "a forged cursor": lambda: crashes(lambda: get(f"cursor={FORGED}", pagination_class=ByCursor)),
    "a limit beyond every integer": lambda: crashes(lambda: get(f"limit={2**63}")),
    "a crash that leaves half of its work": leaves_half,
    "a name twice in an object": lambda: takes(lambda: post(json.dumps(GOOD)[:-1] + ', "kind": "other"}')),
    "a member nobody knows": lambda: takes(lambda: post({**GOOD, "colour": "red"})),
    "an id that the server gives": lambda: takes(lambda: post({**GOOD, "id": "opr_mine"})),
    "text for a number": lambda: takes(lambda: post({**GOOD, "steps_total": "1"})),
    "a number for text": lambda: takes(lambda: post({**GOOD, "kind": 5})),
    "a filter nobody knows": lambda: takes(lambda: get("statu=new")),
    "an ordering nobody knows": lambda: takes(lambda: get("ordering=bogus")),
    "a parameter twice": lambda: takes(lambda: get("limit=1&limit=2")),
    "a charset that is not UTF-8": lambda: takes(lambda: post(GOOD, content_type="application/json; charset=latin-1")),
    "a body that is packed, or says so": lambda: takes(lambda: post(GOOD, **{"Content-Encoding": "br"})),
}
# What the framework only does where a resource asks for nothing, or where its column is the narrower one.
ELSEWHERE = {"nothing where a body is required", "a number beyond its column"}
