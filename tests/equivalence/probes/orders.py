"""The caller's end: orders' routes, and those that ask payments and tell what came of it."""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Never

from django.apps import apps
from django.db import connections
from django.db.transaction import atomic, get_autocommit, set_autocommit
from django.urls import include, path, reverse
from rest_framework.request import Request
from rest_framework.response import Response

from chassis.calls import CallFailed, Neighbour, Refused
from chassis.permissions import Anyone
from chassis.transactions import OpenTransaction
from chassis.views import View
from clients.users import Users
from tests.equivalence.probes.ambient import surround, surroundings
from tests.equivalence.probes.kinds import kinds
from tests.equivalence.probes.workers import hurry

ORDERS = "orders"
PAYMENTS = Neighbour(ORDERS, "payments", "payments:write")
AT = "/internal/payments/v1/probe"


class Probe(View):
    """One probe, open to everybody: the script is nobody."""

    permission_classes = [Anyone]
    query_parameters = frozenset({"id"})
    schema = None
    look: Any = None

    def get(self, request: Request) -> Response:
        return Response(self.look(request))


def surrounded(request: Request) -> dict[str, Any]:
    """Orders changes what surrounds it, then asks."""
    surround(language="fr", time_zone="Asia/Tokyo", mark="set by orders", prefix="/outer/", precision=5)
    with _logged_queries() as log:
        database, queries = connections[ORDERS].connection, len(log)
        outcome = _outcome(lambda: PAYMENTS.get(f"{AT}/observations"))
        kept = {"queries": len(log) == queries, "connection": connections[ORDERS].connection is database}
    return {"payments": outcome, "afterwards": {**surroundings(), **kept, "own route": reverse("orders:v1:order-list")}}


def values(request: Request) -> dict[str, Any]:
    answer = PAYMENTS.get(f"{AT}/values")
    return {"kinds": kinds(answer.json), "values": answer.json, "content": answer.headers["Content-Type"]}


def echo(request: Request) -> Any:
    body = {"tuple": (1, 2), "numbered": {1: "one"}, "nested": [{"text": "Zoë"}], "float": 0.1, "nothing": None}
    return _outcome(lambda: PAYMENTS.post(f"{AT}/echo", body, idempotency_key="probe-of-echo"))


def no_json(request: Request) -> Any:
    """A Decimal has no form in JSON that everybody agrees on, so a client must choose one."""
    return _outcome(lambda: PAYMENTS.post(f"{AT}/echo", {"price": Decimal("1.10")}, idempotency_key="probe-of-no-json"))


def crash(request: Request) -> Any:
    return _outcome(lambda: PAYMENTS.get(f"{AT}/crash"))


def refusal(request: Request) -> Any:
    return _outcome(lambda: PAYMENTS.get(f"{AT}/refusal"))


def slowly(request: Request) -> Any:
    return _outcome(lambda: PAYMENTS.get(f"{AT}/slowly"))


def foreign(request: Request) -> Any:
    return _outcome(lambda: PAYMENTS.get(f"{AT}/foreign"))


def unknown(request: Request) -> Any:
    return _outcome(lambda: PAYMENTS.get(f"{AT}/nothing-here"))


def mutated(request: Request) -> dict[str, Any]:
    """Orders changes an answer in its hands, and asks again."""
    first = PAYMENTS.get(f"{AT}/values").json
    first["nested"]["list"].append("changed by orders")
    second = PAYMENTS.get(f"{AT}/values").json
    return {"again": second["nested"], "is the same object": first is second}


def unauthenticated(request: Request) -> dict[str, Any]:
    return {
        "without a token": _outcome(lambda: PAYMENTS.get(f"{AT}/values", anonymous=True)),
        "without the scope": _outcome(lambda: Neighbour(ORDERS, "payments", "another:scope").get(f"{AT}/values")),
    }


def transactions(request: Request) -> dict[str, Any]:
    """Orders holds a transaction open, in every way there is, and asks."""
    return {
        "atomic": _inside(lambda: atomic(using=ORDERS)),
        "begun by hand": _inside(_begun),
        "without autocommit": _inside(_without_autocommit),
        "in another thread": _in_a_thread(lambda: _inside(lambda: atomic(using=ORDERS))),
        "held by another thread only": _held_elsewhere(),
    }


def rolled_back(request: Request) -> dict[str, Any]:
    """Orders writes, asks payments to write, and is undone. Then it looks which rows are left."""
    before = _rows()
    try:
        with atomic(using=ORDERS):
            _write("probe-in-transaction")
            outcome = _outcome(lambda: _ask_to_write("probe-asked-in-transaction"))
            _undo()
    except _Undo:
        return {"before": before, "asked": outcome, "after": _rows()}


def committed(request: Request) -> dict[str, Any]:
    """Orders commits, asks payments to write, and a later transaction is undone: payments' row stays."""
    with atomic(using=ORDERS):
        _write("probe-committed")
    outcome = _outcome(lambda: _ask_to_write("probe-asked-after-commit"))
    try:
        with atomic(using=ORDERS):
            _write("probe-undone")
            _undo()
    except _Undo:
        return {"asked": outcome, "after": _rows()}


def recounted(request: Request) -> dict[str, int]:
    """Orders asks payments to write a row, and asks before and after how many there are."""
    before = PAYMENTS.get(f"{AT}/rows").json["rows"]
    _ask_to_write(f"probe-{request.query_params['id']}")
    return {"more": PAYMENTS.get(f"{AT}/rows").json["rows"] - before}


def profile(request: Request) -> Any:
    """Orders asks users, through the client that it has for it."""
    try:
        return asdict(Users(ORDERS).profile(request.query_params["id"]))
    except CallFailed as exc:
        return _failure(exc)


class _Undo(Exception):
    """Ends a transaction without its changes."""


def _undo() -> Never:
    raise _Undo


def _outcome(ask: Callable[[], Any]) -> dict[str, Any]:
    """What a call came to: the answer, or what was raised."""
    try:
        answer = ask()
    except Exception as exc:  # noqa: BLE001  whatever crosses a call is to be seen
        return _failure(exc)
    return {"status": answer.status, "answer": answer.json}


def _failure(exc: Exception) -> dict[str, Any]:
    found: dict[str, Any] = {"raised": type(exc).__name__, "says": str(exc)}
    if isinstance(exc, Refused):
        found |= {"status": exc.status, "problem": exc.problem}
    if isinstance(exc, OpenTransaction):
        found |= {"client": exc.client, "database": exc.database}
    return found


def _inside(transaction: Callable[[], Any]) -> dict[str, Any]:
    with transaction():
        return _outcome(lambda: PAYMENTS.get(f"{AT}/rows"))


@contextmanager
def _begun() -> Any:
    with connections[ORDERS].cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


@contextmanager
def _without_autocommit() -> Any:
    before = get_autocommit(using=ORDERS)
    set_autocommit(False, using=ORDERS)
    try:
        yield
    finally:
        connections[ORDERS].rollback()
        set_autocommit(before, using=ORDERS)


def _in_a_thread(look: Callable[[], Any]) -> Any:
    found: list[Any] = []

    def run() -> None:
        found.append(look())
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def _held_elsewhere() -> Any:
    """Another thread's transaction is no reason to refuse this one's call."""
    with atomic(using=ORDERS):
        return _in_a_thread(lambda: _outcome(lambda: PAYMENTS.get(f"{AT}/rows")))


def _write(id: str) -> None:
    row = {"stream": "probe", "number": 1, "type": "probe", "data": {}, "done_at": "2026-01-01T00:00:00Z"}
    apps.get_model(ORDERS, "InboxEvent").objects.create(id=id, **row)


def _ask_to_write(id: str) -> Any:
    return PAYMENTS.post(f"{AT}/rows", {"id": id}, idempotency_key=id)


def _rows() -> dict[str, int]:
    own = apps.get_model(ORDERS, "InboxEvent").objects.filter(type="probe").count()
    return {"orders": own, "payments": PAYMENTS.get(f"{AT}/rows").json["rows"]}


@contextmanager
def _logged_queries() -> Any:
    connection = connections[ORDERS]
    connection.force_debug_cursor, before = True, connection.force_debug_cursor
    try:
        apps.get_model(ORDERS, "InboxEvent").objects.count()
        yield connection.queries_log
    finally:
        connection.force_debug_cursor = before


hurry()

LOOKS = (
    *(surrounded, values, echo, no_json, crash, refusal, slowly, foreign, unknown, mutated, unauthenticated),
    *(transactions, rolled_back, committed, recounted, profile),
)

urlpatterns = [
    *(path(f"v1/orders/probe/{look.__name__}", Probe.as_view(look=look)) for look in LOOKS),
    path("", include("apps.orders.api.urls")),
]
