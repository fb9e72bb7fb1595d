"""Long work that a client follows: begun by a request, done in steps by the workers, announced when it has ended.

A step is one transaction: what it does, what it adds to the result, and where the next one begins are committed
together, while the operation's row is locked. Whatever dies in the middle of a step loses that step alone, and any
worker goes on from there, at once.

Where a step has to call another service it cannot be one transaction. Then a job of the service asks, and keeps what
came of it by `locked`, `take` and `fail`: all else is the same.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from chassis import context
from chassis.identifiers import IdField
from chassis.leases import Leased
from chassis.outbox import Event, announce
from chassis.problems import InternalError, InvalidState, Problem, body
from chassis.service import Step, Work
from chassis.signing import digest, new_secret
from chassis.wakes import wake_on_commit

KEPT = timedelta(hours=48)
MOST_FAILURES = 5
logger = logging.getLogger("tearline")


class Status(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Operation(Leased):
    """One piece of long work. `wishes` is what was asked for, `position` where the next step begins.

    One that is irrevocable can be cancelled until it is begun. Who cannot sign in follows theirs by a token.
    """

    Status = Status

    id = IdField("opr")
    kind = models.CharField(max_length=40)
    owner = models.CharField(max_length=40, db_index=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    wishes = models.JSONField(default=dict)
    position = models.JSONField(default=dict)
    steps_done = models.BigIntegerField(default=0)
    steps_total = models.BigIntegerField(null=True)
    media_type = models.CharField(max_length=100)
    is_irrevocable = models.BooleanField(default=False, db_default=False)
    token_digest = models.CharField(max_length=64, blank=True, db_index=True, default="", db_default="")
    problem = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        abstract = True

    @property
    def has_ended(self) -> bool:
        return self.ended_at is not None

    def new_token(self) -> str:
        """What opens it to whoever holds it, in the place of any before. It is kept as its digest only."""
        secret = new_secret()
        self.token_digest = digest(secret)
        self.save(update_fields=["token_digest"])
        return secret

    def result(self) -> Iterator[str]:
        """What came of it, piece by piece."""
        pieces = self.parts.filter(is_input=False).order_by("number")  # type: ignore[attr-defined]  # of the concrete model
        yield from pieces.values_list("content", flat=True).iterator(chunk_size=10)

    def input(self, number: int) -> str:
        """A part of what came with the request."""
        return str(self.parts.get(is_input=True, number=number).content)  # type: ignore[attr-defined]


class OperationPart(models.Model):
    """A piece of what an operation reads or writes. The concrete model adds `operation`, the key to its own."""

    number = models.PositiveIntegerField()
    is_input = models.BooleanField(default=False)
    content = models.TextField()

    class Meta:
        abstract = True
        constraints = (models.UniqueConstraint("operation", "is_input", "number", name="%(app_label)s_operation_part"),)


@dataclass(frozen=True)
class OperationFinished(Event):
    """An operation has succeeded, failed, or was cancelled."""

    type: ClassVar[str] = "operation.finished"
    subject: ClassVar[str] = "operation_id"
    operation_id: str
    kind: str
    status: str


def begin(service: str, kind: str, *, parts: Sequence[str] = (), **facts: Any) -> Any:
    """A new operation, for the workers to take up. `parts` is what it reads, in pieces that fit into a step each.

    `facts` are `owner`, `wishes`, the `media_type` of its result, and whether it `is_irrevocable`.
    """
    with transaction.atomic(using=service):
        request_id = context.current().request_id
        operation = model(service).objects.create(kind=kind, request_id=request_id, **facts)
        part = apps.get_model(service, "OperationPart")
        inputs = [part(operation=operation, number=n, is_input=True, content=text) for n, text in enumerate(parts)]
        part.objects.bulk_create(inputs)
        wake_on_commit(service)
    return operation


def cancel(service: str, operation_id: str) -> Any:
    """End it after the step that it is at. Cancelling twice is cancelling once; what has ended raises InvalidState."""
    with transaction.atomic(using=service):
        operation = model(service).objects.select_for_update().get(pk=operation_id)
        is_under_way = operation.is_irrevocable and operation.status == Status.RUNNING
        if is_under_way or (operation.has_ended and operation.status != Status.CANCELLED):
            raise InvalidState(current_status=operation.status, requested="cancel", allowed_actions=[])
        if not operation.has_ended:
            operation.parts.all().delete()
            _end(operation, Status.CANCELLED)
    return operation


def advance(service: str, kinds: Mapping[str, Work]) -> int:
    """Do one step of what has waited longest; returns how many were found."""
    due = model(service).objects.due().filter(kind__in=kinds)
    if not due.exists():
        return 0
    with transaction.atomic(using=service):
        operation = due.order_by("due_at").select_for_update(skip_locked=True).first()
        if operation is None:
            return 0
        with context.entered(context.for_work(operation.request_id, service=service)):
            try:
                with transaction.atomic(using=service):
                    take(operation, kinds[operation.kind](operation))
            except Problem as problem:
                fail(operation, problem)
            except Exception as exc:
                logger.exception("the operation %s failed at a step", operation.id)
                _fail_later(operation, exc)
    return 1


def locked(service: str, operation_id: str) -> Any:
    """It, within the open transaction, if it is still to be done; None if it has ended or is gone."""
    return model(service).objects.waiting().select_for_update().filter(pk=operation_id).first()


def take(operation: Any, step: Step) -> None:
    """Keep what a step came to, within the transaction that has it locked."""
    now = timezone.now()
    if step.content:
        number = operation.parts.filter(is_input=False).count()
        operation.parts.create(number=number, content=step.content)
    operation.steps_done, operation.steps_total = step.done, step.total
    operation.started_at = operation.started_at or now
    operation.version += 1
    if step.position is None:
        _end(operation, Status.SUCCEEDED)
        return
    operation.status, operation.position, operation.due_at = Status.RUNNING, step.position, now
    operation.save()


def fail(operation: Any, problem: Problem) -> None:
    """End it because of a problem, within the transaction that has it locked."""
    operation.problem = body(problem, "")
    _end(operation, Status.FAILED)


def forget_mentions(service: str, words: Iterable[str]) -> None:
    """Delete those that read or wrote one of these words, with what they wrote."""
    mention = Q()
    for word in words:
        mention |= Q(parts__content__contains=word)
    if mention:
        model(service).objects.filter(mention).delete()


def forget(service: str) -> int:
    """Delete what ended long ago, with its result."""
    old = model(service).objects.filter(expires_at__lt=timezone.now())
    if old.exists():
        old.delete()
    return 0


def model(service: str) -> Any:
    """The concrete one of a service."""
    return apps.get_model(service, "Operation")


def _end(operation: Any, status: str) -> None:
    now = timezone.now()
    operation.status, operation.ended_at, operation.done_at, operation.expires_at = status, now, now, now + KEPT
    operation.version += 1
    operation.save()
    operation.parts.filter(is_input=True).delete()
    service = operation._meta.app_label
    # An event belongs to a service, and this one to whichever has the operation.
    finished = type("OperationFinished", (OperationFinished,), {"service": service})
    announce(finished(operation.id, operation.kind, status))


def _fail_later(operation: Any, exc: Exception) -> None:
    """What broke is tried again, and given up when it breaks every time."""
    operation.refresh_from_db()
    operation.try_later(repr(exc))
    if operation.failures >= MOST_FAILURES:
        fail(operation, InternalError("Tell us the request id and we will find it"))
