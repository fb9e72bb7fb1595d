"""The same command sent twice is done once, and answered the same (draft-ietf-httpapi-idempotency-key-header).

A key belongs to a caller, a method and a route. At its first use it is claimed in a transaction of its own, with a
lease. Then the command runs; where it is one transaction, its answer is stored in that same transaction, so that a
crash leaves both or neither; a refusal, which changed nothing, is stored after it. Later uses replay the answer, or are
told that it is still being made, or that the key was used for something else.
"""

import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from chassis import context, signing
from chassis.callers import caller_of
from chassis.formats import plain
from chassis.identifiers import ID_PATTERN
from chassis.problems import (
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InvalidRequest,
    Problem,
    RequestInProgress,
    respond,
)
from chassis.responses import Shown
from chassis.statements import fill, insert
from chassis.transactions import on_its_own

RETENTION = timedelta(hours=48)
MAX_KEY = 255
MIN_KEY_OF_NOBODY = 22
# Printable ASCII, and in it something besides blanks and quotation marks.
KEY = re.compile(r"^[ -~]*[!#-~][ -~]*$")
STORED_REFUSALS = {402, 409, 422}
KEPT_HEADERS = ("Location", "ETag")

View = Any
Method = Callable[..., Response]


class IdempotencyRecord(models.Model):
    """A key, what it was used for, and the answer it got (sealed, because answers carry secrets).

    `caller` is who asked, `about` the id of what was asked for or made: so an answer that tells of somebody is found.
    """

    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=MAX_KEY)
    fingerprint = models.CharField(max_length=64)
    leased_until = models.DateTimeField()
    answer = models.BinaryField(null=True)
    caller = models.CharField(max_length=64, blank=True, default="", db_default="")
    about = models.CharField(max_length=30, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        abstract = True
        constraints = (models.UniqueConstraint("scope", "key", name="%(app_label)s_idempotency_key"),)


def idempotent(method: Method) -> Method:
    """Make a view's `post` honour `Idempotency-Key`.

    The view says `idempotency = "required"` where money or orders are created, "natural" where the command carries a
    key of its own in its body, and `one_transaction = False` where it calls another service and so cannot be one.
    """

    @functools.wraps(method)
    def post(view: View, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = "" if view.idempotency == "natural" or view.is_claimed else _read_key(view, request)
        if not key:
            return method(view, request, *args, **kwargs)
        view.is_claimed = True  # a newer version may do what it does through the older one's `post`
        record, is_mine = _claim(view.service, _scope(request), key, _fingerprint(request))
        if not is_mine:
            return _replay(view.service, record)
        return _run(view, record, lambda: method(view, request, *args, **kwargs))

    return post


def command_key(request: Request) -> str:
    """The name of this command for whoever must recognise it later: caller, method, route and key, hashed."""
    return hashlib.sha256(f"{_scope(request)} {_given(request)}".encode()).hexdigest()


def _run(view: View, record: Any, command: Callable[[], Response]) -> Response:
    """Do it and store the answer; if it fails in a way that is not stored, give the key back.

    A connection lost during the commit leaves open whether the answer is stored, so only an empty record is deleted.
    """
    try:
        return _attempt(view, record, command)
    except Exception:
        type(record).objects.filter(pk=record.pk, answer=None).delete()
        raise


def _attempt(view: View, record: Any, command: Callable[[], Response]) -> Response:
    """The answer, be it a refusal that is to be kept: it is stored when what the refused command changed is undone."""
    try:
        with transaction.atomic(using=view.service) if view.one_transaction else nullcontext():
            response = command()
            _store(view, record, response)
    except Problem as problem:
        if problem.status not in STORED_REFUSALS:
            raise
        response = respond(problem, {"request": view.request})
        _store(view, record, response)
    return response


def _store(view: View, record: Any, response: Response) -> None:
    """Raises RequestInProgress if somebody took over what took too long, and was quicker: then this is undone."""
    headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    version = response.version if isinstance(response, Shown) else None
    kept = {"status": response.status_code, "headers": headers, "body": plain(response.data), "version": version}
    record.answer, here = signing.seal(view.service, kept), context.current()
    record.caller, record.about = here.on_behalf_of or here.actor, _id_in(view.request.path, headers)
    if not fill(record, "answer", "caller", "about"):
        raise RequestInProgress(headers={"Retry-After": "1"})


def _id_in(path: str, headers: dict[str, str]) -> str:
    """The id of what a command was about: that in its path, or of what it made."""
    found = ID_PATTERN.search(path) or ID_PATTERN.search(headers.get("Location", ""))
    return found[0] if found else ""


def _claim(service: str, scope: str, key: str, fingerprint: str) -> tuple[Any, bool]:
    """The record of this key, and whether the caller of this function is the one to do the work."""
    model = apps.get_model(service, "IdempotencyRecord")
    leased_until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    try:
        with on_its_own(service):
            claim = model(scope=scope, key=key, fingerprint=fingerprint, leased_until=leased_until)
            insert(claim)
            return claim, True
    except IntegrityError:
        record = model.objects.filter(scope=scope, key=key).first()
    if record is None:
        raise RequestInProgress(headers={"Retry-After": "1"})
    if record.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return record, record.answer is None and _take_over(model, record, leased_until)


def _take_over(model: Any, record: Any, leased_until: Any) -> bool:
    """Whether an abandoned claim is now ours: its lease ran out, and nobody else was quicker."""
    abandoned = model.objects.filter(
        pk=record.pk, answer=None, leased_until=record.leased_until, leased_until__lt=timezone.now()
    )
    return bool(abandoned.update(leased_until=leased_until))


def _replay(service: str, record: Any) -> Response:
    if record.answer is None:
        raise RequestInProgress(headers={"Retry-After": "1"})
    kept = signing.unseal(service, record.answer)
    headers = {**kept["headers"], "Idempotent-Replayed": "true"}
    return Shown(kept["body"], version=kept["version"], status=kept["status"], headers=headers)


def _read_key(view: View, request: Request) -> str:
    key, sent = _given(request), request.headers.get("Idempotency-Key")
    if not key and view.idempotency == "required":
        raise IdempotencyKeyRequired("Send a new random key with each new command, the same key with each repetition")
    if sent is not None and (len(sent) > MAX_KEY or not KEY.fullmatch(sent)):
        raise InvalidRequest(f"An Idempotency-Key has 1 to {MAX_KEY} printable ASCII characters")
    if key and caller_of(request).kind == "nobody" and len(key) < MIN_KEY_OF_NOBODY:
        raise InvalidRequest(
            "Without a token the key itself opens the stored answer: it needs at least 22 random characters"
        )
    return key


def _given(request: Request) -> str:
    """The key as it was sent; `"k"`, as a structured field would write it, and `k` are the same."""
    return request.headers.get("Idempotency-Key", "").strip().removeprefix('"').removesuffix('"')


def _scope(request: Request) -> str:
    """Programs that ask for a person name their commands apart from that person's, and from one another's."""
    caller = caller_of(request)
    who = f"{caller.actor}/{caller.on_behalf_of}" if caller.on_behalf_of else caller.id
    return hashlib.sha256(f"{who} {request.method} {request.path}".encode()).hexdigest()


def _fingerprint(request: Request) -> str:
    canonical = json.dumps([request.META.get("QUERY_STRING", ""), plain(request.data)], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def forget_answers(service: str, things: Iterable[QuerySet[Any]], *, person: str = "") -> None:
    """Delete what was answered about these things (their ids), and where somebody is named, to and about them.

    Whoever repeats such a command has it refused by the state that it led to.
    """
    told = Q(caller=person) | Q(about=person) if person else Q()
    for ids in things:
        told |= Q(about__in=ids)
    if not told:
        return
    apps.get_model(service, "IdempotencyRecord").objects.filter(told, answer__isnull=False).delete()


def forget_old_answers(service: str) -> int:
    """Delete what was kept long enough. It is no work that would be worth another round, so it counts as none."""
    old = apps.get_model(service, "IdempotencyRecord").objects.filter(created_at__lt=timezone.now() - RETENTION)
    if old.exists():
        old.delete()
    return 0
