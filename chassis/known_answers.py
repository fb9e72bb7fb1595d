"""What a service knows of its neighbours' answers: a private cache (RFC 9111) in the service's own database.

Its processes and workers share it, a restart while the neighbour is down keeps it, and what the neighbour announces
outdates it in the transaction of the reaction. Bodies are sealed, because they may tell of people.

An answer is kept under all that was presented when it was given: which service asked, with which scope, and for what.
So it is given to nobody else. For whom the service asks is told its neighbour for the records only, and no answer rests
on it; one that says it does (`Vary`) is not kept. How long an answer is good for says its owner::

    Cache-Control: private, max-age=60, stale-if-error=86400
    ETag: "3-1f0c6f0a7e0b5d2c"

For a minute nobody asks again. Then the first reader asks whether it has changed (`If-None-Match`, 304), and whoever
comes meanwhile waits for that. While the neighbour does not answer it is good for a day more, and marked as stale.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import OperationalError, models
from django.db.models import F
from django.utils import timezone
from requests.structures import CaseInsensitiveDict

from chassis import context, observations
from chassis.calls import RESERVE_SECONDS, Answer, BrokenContract, CallFailed, Neighbour, Refused, TimedOut, Unavailable
from chassis.flights import Flights
from chassis.lifetimes import lifetime
from chassis.problems import DeadlineExceeded, ServicePaused
from chassis.signing import seal, unseal
from chassis.transactions import refuse_open_transaction

# How exactly it is known when an answer was read last; each time costs a write.
READ_SECONDS = 5
RENEWED_AT_ONCE = 20
UNREAD = timedelta(days=7)
GONE = {404, 410}
NOTHING = {"sealed": b"", "answered_at": None, "fresh_until": None, "stale_until": None, "renew_at": None}


class KnownAnswer(models.Model):
    """What a neighbour answered; `sealed` is empty until it has. `generation` counts how often it was outdated."""

    key = models.CharField(max_length=64, primary_key=True)
    neighbour = models.CharField(max_length=20)
    scope = models.CharField(max_length=64)
    path = models.TextField()
    subject = models.CharField(max_length=64, db_index=True)
    generation = models.PositiveIntegerField(default=0)
    sealed = models.BinaryField(default=b"")
    answered_at = models.DateTimeField(null=True)
    fresh_until = models.DateTimeField(null=True)
    stale_until = models.DateTimeField(null=True)
    renew_at = models.DateTimeField(null=True, db_index=True)
    read_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        abstract = True


def read(neighbour: Neighbour, path: str, *, subject: str) -> Answer:
    """What `neighbour` answers to a GET of `path`, as fresh as it says; kept as an answer about `subject`, an id.

    Raises CallFailed; but while the neighbour does not answer, what is known is given, marked as stale.
    """
    refuse_open_transaction(f"{neighbour.caller} → {neighbour.name} (GET {path})")
    if not keeps_answers(neighbour.caller):
        return neighbour.get(path)
    question = Question(neighbour, path, subject)
    known = question.look_up()
    if fresh := known.while_fresh():
        return known.told(fresh, "hit")
    try:
        return _join_or_ask(known)
    except (Unavailable, TimedOut, BrokenContract):
        # Looked up again: what was outdated or forgotten meanwhile counts.
        known = question.look_up()
        if stale := known.while_good_enough():
            return replace(known.told(stale, "stale"), is_stale=True)
        raise


def keeps_answers(service: str) -> bool:
    """Whether the service is hosted here, and has a table for them."""
    return service in apps.app_configs and "knownanswer" in apps.get_app_config(service).models


def outdate(service: str, subject: str) -> None:
    """Have the next reader of an answer about `subject` ask again; within the transaction of what was announced."""
    now = timezone.now()
    _about(service, subject).update(generation=F("generation") + 1, fresh_until=now, renew_at=now)


def forget(service: str, subject: str) -> None:
    """Keep nothing of `subject` any longer, not even what is being answered just now."""
    _about(service, subject).update(generation=F("generation") + 1, **NOTHING)


def renew(service: str) -> int:
    """Ask again for what people read and what is about to run out; returns how much that was. For workers."""
    now = timezone.now()
    due = _rows(service).filter(renew_at__lte=now, fresh_until__gt=now, read_at__gt=F("answered_at"))
    taken = [row for row in due.order_by("renew_at")[:RENEWED_AT_ONCE] if _take(service, row)]
    for row in taken:
        question = Question(Neighbour(service, row.neighbour, row.scope), row.path, row.subject)
        with context.entered(context.for_work("")), suppress(CallFailed):
            _ask(question.known(row), read_at=row.read_at)
    return len(taken)


def forget_unread(service: str) -> int:
    """Delete what nobody has read for a week. It is no work that would be worth another round."""
    old = _rows(service).filter(read_at__lt=timezone.now() - UNREAD)
    if old.exists():
        old.delete()
    return 0


@dataclass(frozen=True)
class Question:
    """What is asked, and by whom."""

    neighbour: Neighbour
    path: str
    subject: str

    @property
    def key(self) -> str:
        asked = [self.neighbour.caller, self.neighbour.name, self.neighbour.scope, self.path]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    @property
    def rows(self) -> Any:
        return _rows(self.neighbour.caller)

    def look_up(self) -> "Known":
        """What is known by now."""
        return self.known(self.rows.filter(pk=self.key).first() or self._row())

    def begin(self) -> "Known":
        """The same, in a row that is there: who outdates it while the question travels has it to count in."""
        row = self._row()
        with _as_far_as_possible():
            facts = {"neighbour": row.neighbour, "scope": row.scope, "path": row.path, "subject": row.subject}
            row, _ = self.rows.get_or_create(pk=row.pk, defaults=facts)
        return self.known(row)

    def known(self, row: Any) -> "Known":
        return Known(self, row, _opened(self.neighbour.caller, row))

    def _row(self) -> Any:
        about = {"neighbour": self.neighbour.name, "scope": self.neighbour.scope, "subject": self.subject}
        return self.rows.model(key=self.key, path=self.path, **about)


@dataclass(frozen=True)
class Known:
    """What a row held when it was read. The answer is a new object each time."""

    question: Question
    row: Any
    answer: Answer | None

    def while_fresh(self) -> Answer | None:
        """The answer, as long as nobody need be asked."""
        return self._until(self.row.fresh_until)

    def while_good_enough(self) -> Answer | None:
        """The answer, as long as it may be given because its owner gives none."""
        return self._until(self.row.stale_until)

    def told(self, answer: Answer, result: str) -> Answer:
        """The same answer, which a reader is now given."""
        now, row = timezone.now(), self.row
        if row.read_at <= row.answered_at or now - row.read_at > timedelta(seconds=READ_SECONDS):
            self.keep(read_at=now)
        self.was(result)
        return answer

    def keep(self, **facts: Any) -> None:
        """Unless it was outdated since: an answer to an older question is old, or of somebody forgotten by now."""
        with _as_far_as_possible():
            self.question.rows.filter(pk=self.row.pk, generation=self.row.generation).update(**facts)

    def was(self, result: str) -> None:
        """Have it seen what became of a reader's question."""
        observations.read_cached(self.question.neighbour.caller, self.question.neighbour.name, result)

    def _until(self, moment: datetime | None) -> Answer | None:
        return self.answer if moment and timezone.now() < moment else None


def _join_or_ask(known: Known) -> Answer:
    """Who comes after an answer was outdated joins no question from before."""
    question = known.question
    flight, left = (question.key, known.row.generation), context.current().seconds_left()
    patience = None if left is None else max(0, left - RESERVE_SECONDS)
    try:
        answer, is_joined = _flights.share(flight, lambda: _lead(question), wait_seconds=patience)
    except TimeoutError as exc:
        raise TimedOut(question.neighbour.name, "somebody had asked already, and there was no time to wait") from exc
    if is_joined:
        known.was("joined")
    return replace(answer, headers=answer.headers.copy(), json=deepcopy(answer.json))


_flights: Flights[Answer] = Flights()


def _lead(question: Question) -> Answer:
    known = question.begin()
    if fresh := known.while_fresh():  # another process was quicker, or a flight that has just ended
        return known.told(fresh, "hit")
    answer, result = _ask(known, read_at=timezone.now())
    known.was(result)
    return answer


def _ask(known: Known, *, read_at: datetime) -> tuple[Answer, str]:
    """Ask, and keep the answer; an older one that has not changed is given a longer life. Raises CallFailed."""
    asked_at = timezone.now()
    tag = known.answer.headers.get("ETag", "") if known.answer else ""
    try:
        answer = known.question.neighbour.get_unless(known.question.path, etag=tag)
    except Refused as refusal:
        if refusal.status in GONE:
            known.keep(**NOTHING)
        raise
    is_unchanged = answer.status == 304 and known.answer is not None
    if answer.status == 304 and known.answer:
        answer = replace(known.answer, headers=CaseInsensitiveDict({**known.answer.headers, **answer.headers}))
    answer = replace(answer, answered_at=asked_at)
    _keep(known, answer, read_at)
    return answer, "revalidated" if is_unchanged else "miss"


def _keep(known: Known, answer: Answer, read_at: datetime) -> None:
    life = lifetime(answer.headers) if answer.status == 200 else None
    if life is None:
        known.keep(**NOTHING)
        return
    body = {"headers": dict(answer.headers), "json": answer.json}
    sealed = seal(known.question.neighbour.caller, body)
    known.keep(sealed=sealed, answered_at=answer.answered_at, read_at=read_at, **life.since(answer.answered_at))


def _opened(service: str, row: Any) -> Answer | None:
    """What was kept; nothing where it was sealed with a secret that is another now."""
    if not row.sealed:
        return None
    try:
        kept = unseal(service, row.sealed)
    except InvalidToken:
        return None
    return Answer(200, CaseInsensitiveDict(kept["headers"]), kept["json"], answered_at=row.answered_at)


def _take(service: str, row: Any) -> bool:
    """Whether it is this worker's to renew. If that fails it is left to readers: nobody tries again and again."""
    mine = _rows(service).filter(pk=row.pk, renew_at=row.renew_at)
    return bool(mine.update(renew_at=row.fresh_until))


@contextmanager
def _as_far_as_possible() -> Iterator[None]:
    """What is kept is a help: that it cannot be written now is in nobody's way."""
    with suppress(ServicePaused, DeadlineExceeded, OperationalError):
        yield


def _about(service: str, subject: str) -> Any:
    return _rows(service).filter(subject=subject)


def _rows(service: str) -> Any:
    return apps.get_model(service, "KnownAnswer").objects
