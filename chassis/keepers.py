"""Where users asks a service about people, on whose wish it does.

::

    GET  /internal/orders/v1/subjects/usr_…?after=ord_…      {"data": […], "next": "ord_…"}
    GET  /internal/orders/v1/subjects/usr_…/erasure          {"status": "blocked", "reason": "open_orders", …}
    POST /internal/orders/v1/subjects/usr_…/erasure          {"key": "erase:sub_…:orders"}
"""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chassis.methods import Method
from chassis.permissions import service
from chassis.serializers import MilliTime, Strict, Text
from chassis.subjects import SCOPE, Keeper, Outcome, erase
from chassis.views import View


class ShownPart(serializers.Serializer):  # type: ignore[type-arg]
    """Some of what is kept of somebody, in the order of its making."""

    data = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]  # as lists call it
    next = serializers.CharField(allow_null=True)


class ShownOutcome(serializers.Serializer):  # type: ignore[type-arg]
    """How far it is: `possible`, `blocked`, `closing`, `completed` or `retained`."""

    status = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    retained_until = MilliTime(allow_null=True)
    seconds = serializers.IntegerField()


class EraseBody(Strict):
    """The command to erase somebody, by its name: told twice, it is the same one."""

    key = Text(max_length=64)


class OfSubject(View):
    """For users, where people ask for it."""

    permission_classes = [service("users", scope=SCOPE)]
    versioning_class = None
    keeper: Any = None


class Parts(OfSubject):
    """What the service keeps of somebody, a part at a time."""

    reads_parameters = {"after": "What the part comes after: `next` of the one before"}
    methods = {"GET": Method("Tell what is kept of somebody", shows={200: ShownPart})}

    def get(self, request: Request, subject: str) -> Response:
        return self.show(self.keeper.tell(subject, request.query_params.get("after", "")))


class Erasures(OfSubject):
    """Erasing somebody, and what stands in the way of it."""

    # The key is in the body, and each answer says how far it is now.
    idempotency = "natural"
    methods = {
        "GET": Method("Say what stands in the way of erasing somebody", shows={200: ShownOutcome}),
        "POST": Method("Erase somebody", reads=EraseBody, shows={200: ShownOutcome}),
    }

    def get(self, request: Request, subject: str) -> Response:
        reason = self.keeper.obstacle(subject)
        return self.show(Outcome("blocked" if reason else "possible", reason))

    def post(self, request: Request, subject: str) -> Response:
        return self.show(erase(self.service, self.keeper, subject, key=self.read()["key"]))


def subject_routes(keeper: Keeper) -> list[Any]:
    """Where users asks a service about people."""
    return [
        path("subjects/<str:subject>", Parts.as_view(keeper=keeper), name="subject"),
        path("subjects/<str:subject>/erasure", Erasures.as_view(keeper=keeper), name="subject-erasure"),
    ]
