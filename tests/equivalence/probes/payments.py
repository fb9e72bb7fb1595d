"""The callee's end: payments' routes, and those that tell what it sees of a call."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.transaction import atomic
from django.urls import NoReverseMatch, Resolver404, get_urlconf, include, path, resolve, reverse
from rest_framework.exceptions import ValidationError
from rest_framework.fields import DecimalField
from rest_framework.request import Request
from rest_framework.response import Response

from chassis import context
from chassis.callers import caller_of
from chassis.permissions import service
from chassis.views import View
from tests.equivalence.probes.ambient import surround, surroundings
from tests.equivalence.probes.kinds import kinds
from tests.equivalence.probes.workers import hurry

PAYMENTS = "payments"


class Crash(Exception):
    """Something of the callee's own, which no caller can know."""


class Probe(View):
    """One probe; like every internal route it is for services alone."""

    permission_classes = [service("orders", scope="payments:write")]
    versioning_class = None
    schema = None
    look: Any = None

    def get(self, request: Request) -> Response:
        return Response(self.look(request))

    def post(self, request: Request) -> Response:
        return Response(self.look(request), status=201)


def observations(request: Request) -> dict[str, Any]:
    """Who asks and what surrounds the callee; then it leaves other surroundings behind."""
    caller, here = caller_of(request), context.current()
    match: Any = request.resolver_match
    seen = {
        "caller": [caller.kind, caller.id, sorted(caller.scopes), sorted(caller.roles), caller.email, caller.client_id],
        "headers": {name: request.headers.get(name) for name in ("Accept", "Cookie", "X-Request-ID")},
        "hops": here.hops,
        "has a deadline": here.deadline is not None,
        "surroundings": surroundings(),
        "path": request.path,
        "namespaces": match.namespaces,
    }
    surround(language="de", time_zone="Europe/Berlin", mark="left by payments", prefix="/inner/", precision=3)
    return seen


def values(request: Request) -> dict[str, Any]:
    """Values that JSON does not have, or has in one form only."""
    return {
        "decimal": DecimalField(max_digits=6, decimal_places=2).to_representation(Decimal("1.1")),
        "tuple": (1, (2, 3)),
        "nested": {"list": [{"deep": ("a", None, True)}]},
        "numbered": {1: "one"},
        "float": 0.1,
        "large": 2**60,
        "date": date(2026, 1, 31),
        "time": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "uuid": uuid.UUID(int=7),
        "text": "Zoë \u2028 ☕ \u0000",
        "empty": [{}, [], "", None],
    }


def echo(request: Request) -> dict[str, Any]:
    return {"kinds": kinds(request.data), "body": request.data}


def crash(request: Request) -> None:
    raise Crash("secret of payments")


def refusal(request: Request) -> None:
    raise ValidationError({"lines": [{"quantity": ["No."]}]})


def slowly(request: Request) -> dict[str, bool]:
    time.sleep(0.4)
    return {"done": True}


def rows(request: Request) -> dict[str, int]:
    """POST writes a row; GET only counts."""
    body: Any = request.data
    announcements = apps.get_model(PAYMENTS, "InboxEvent").objects
    if request.method == "POST":
        with atomic(using=PAYMENTS):
            announcements.create(id=body["id"], stream="probe", number=1, type="probe", data={}, done_at=_PAST)
    return {"rows": announcements.filter(type="probe").count()}


def foreign(request: Request) -> dict[str, str]:
    """What payments finds when it looks for routes of orders, which it must not rely on."""
    return {
        "reverse": _outcome(lambda: reverse("orders:v1:order-list")),
        "resolve": _outcome(lambda: resolve("/v1/orders/probe/values", get_urlconf())),
        "own": _outcome(lambda: reverse("payments:v1:payment-list")),
    }


_PAST = datetime(2026, 1, 1, tzinfo=UTC)


def _outcome(look: Callable[[], object]) -> str:
    try:
        return str(look())
    except (NoReverseMatch, Resolver404) as exc:
        return type(exc).__name__


hurry()

LOOKS = (observations, values, echo, crash, refusal, slowly, rows, foreign)

urlpatterns = [
    *(path(f"internal/payments/v1/probe/{look.__name__}", Probe.as_view(look=look)) for look in LOOKS),
    path("", include("apps.payments.api.urls")),
]
