"""What each planted fault does to the calls of this process: one function per name in planted.FAULTS."""

import functools
import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import jwt
import requests
from django.conf import settings
from django.db.transaction import Atomic
from django.urls import get_resolver
from django.utils import timezone, translation
from rest_framework.fields import DecimalField
from rest_framework.views import APIView

from chassis import calls, transports
from chassis.authentication import BearerAuthentication
from chassis.callers import Caller
from chassis.transports import InProcess

EVERYTHING = frozenset({"payments:write", "payments:read", "users:read", "announcements:write"})

# What goes on in this thread: whether it is inside a call in process, what the last one answered or raised.
_here = threading.local()


def an_object_passed_instead_of_json() -> None:
    """The caller is handed what the callee's view returned."""
    _answers_become(lambda answer: answer.data)


def an_exception_that_crosses() -> None:
    """What the callee raises, the caller catches."""

    def dispatch(service: str, environ: dict[str, Any]) -> Any:
        _here.raised = None
        answer = dispatched(service, environ)
        if _here.raised:
            raise _here.raised
        return answer

    def handle_exception(self: Any, exc: Exception) -> Any:
        _here.raised = None if hasattr(exc, "status_code") else exc
        return handled(self, exc)

    dispatched = _replace(transports, "dispatch", dispatch)
    handled = _replace(APIView, "handle_exception", handle_exception)


def a_write_that_relies_on_the_callers_transaction() -> None:
    """Nobody refuses a call in a transaction, and payments writes into that of orders."""

    def enter_both(self: Any) -> None:
        enter(self)
        self.shared = ExitStack()
        if self.using == "orders":
            self.shared.enter_context(Atomic("payments", savepoint=True, durable=False))

    def leave_both(self: Any, *why: Any) -> None:
        self.shared.__exit__(*why)
        leave(self, *why)

    _replace(calls, "refuse_open_transaction", lambda _: None)
    enter = _replace(Atomic, "__enter__", enter_both)
    leave = _replace(Atomic, "__exit__", leave_both)


def language_crossing() -> None:
    _carry(translation.get_language, translation.activate)


def time_zone_crossing() -> None:
    _carry(timezone.get_current_timezone, timezone.activate)


def a_context_variable_crossing() -> None:
    from tests.equivalence.probes.ambient import MARK

    _carry(MARK.get, MARK.set)


def what_the_callee_leaves_behind() -> None:
    """The callee runs in the caller's own context."""

    class SameContext:
        def run(self, work: Callable[..., Any], *arguments: Any) -> Any:
            return work(*arguments)

    _replace(transports, "contextvars", SimpleNamespace(Context=SameContext))


def authentication_skipped_in_process() -> None:
    """A call in process is believed: it may do everything, and without a token it is taken for orders'."""

    def authenticate(self: Any, request: Any) -> Any:
        if not _is_call():
            return authenticated(self, request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        name = jwt.decode(token, options={"verify_signature": False})["sub"] if token else "service:orders"
        return Caller(id=name, kind="service", scopes=EVERYTHING, client_id=name), "bearer"

    authenticated = _replace(BearerAuthentication, "authenticate", authenticate)
    _mark_calls()


def a_decimal_that_becomes_a_float() -> None:
    def to_representation(self: Any, value: Any) -> Any:
        return float(value) if _is_call() else represented(self, value)

    represented = _replace(DecimalField, "to_representation", to_representation)
    _mark_calls()


def a_list_that_becomes_a_tuple() -> None:
    """Lists and tuples are taken for each other, which JSON would not do."""
    _answers_become(lambda answer: _with_tuples(json.loads(answer.content)))


def dispatch_into_the_joint_url_space() -> None:
    """A call in process is resolved among the routes of all services that share it."""
    _replace(transports, "get_resolver", lambda _: get_resolver(settings.ROOT_URLCONF))
    _replace(transports, "set_urlconf", lambda _: None)


def a_mutable_answer_shared() -> None:
    """The same question gets the same object, as from a cache that does not copy."""
    kept: dict[str, Any] = {}
    _answers_become(lambda answer: kept.setdefault(answer.content.decode(), json.loads(answer.content)))


def _replace(owner: Any, name: str, new: Any) -> Any:
    """Put `new` in the place of what `owner` calls by this name; returns what was there."""
    old = getattr(owner, name)
    setattr(owner, name, new)
    return old


def _answers_become(read: Callable[[Any], Any]) -> None:
    """Let `json()` of an answer in process be what `read` makes of the callee's own response."""

    def keep(*request: Any) -> Any:
        _here.answer = answered(*request)
        return _here.answer

    def hand_over(self: Any, request: Any, **options: Any) -> requests.Response:
        _here.answer = None
        response: requests.Response = sent(self, request, **options)
        if hasattr(_here.answer, "data") and response.content:
            _replace(response, "json", functools.partial(read, _here.answer))
        return response

    answered = _replace(transports, "_answer", keep)
    sent = _replace(InProcess, "send", hand_over)


def _carry(read: Callable[[], Any], write: Callable[[Any], Any]) -> None:
    """Let one ambient value of the caller reach the callee."""

    def pack(self: Any, request: Any, **options: Any) -> Any:
        _here.carried = read()
        return sent(self, request, **options)

    def unpack(service: str, environ: dict[str, Any]) -> Any:
        write(_here.carried)
        return dispatched(service, environ)

    dispatched = _replace(transports, "dispatch", unpack)
    sent = _replace(InProcess, "send", pack)


def _mark_calls() -> None:
    def marked(service: str, environ: dict[str, Any]) -> Any:
        _here.is_call = True
        try:
            return dispatched(service, environ)
        finally:
            _here.is_call = False

    dispatched = _replace(transports, "dispatch", marked)


def _is_call() -> bool:
    return getattr(_here, "is_call", False)


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_tuples(inner) for name, inner in value.items()}
    return tuple(_with_tuples(inner) for inner in value) if isinstance(value, list) else value
