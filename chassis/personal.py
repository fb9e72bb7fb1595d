"""What is personal in the tables of a service, and what becomes of it when somebody is erased.

Each service has one map of its models, `pii.py`, and what it says is what is done::

    Order: Whose("customer_id", email=Blanked(tombstone), number=Kept("names the order, and nobody"))
    Address: Deleted("user_id")
    Mail: Swept(lambda person: mails.forget("orders", person.emails), kind=Kept("a word of ours"))

A column that could hold what people write, and of which no map says anything, fails a test.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, router
from django.db.models import F, QuerySet
from django.utils import timezone

from chassis import (
    audits,
    idempotency,
    inbox,
    keys,
    known_answers,
    leases,
    mails,
    operations,
    outbox,
    revocations,
    webhooks,
)
from chassis.identifiers import IdField
from chassis.mails import NOWHERE
from chassis.versions import Versioned

# Numbers, times and what points at another row can hold nothing that people write.
WORDLESS: tuple[type[Any], ...] = (
    *(models.IntegerField, models.FloatField, models.DecimalField, models.BooleanField, models.UUIDField),
    *(models.DateField, models.TimeField, models.DurationField, models.ForeignKey, IdField),
)


@dataclass(frozen=True)
class Person:
    """Whoever is erased: their id, where this service writes to them, and the ids of what is theirs here."""

    id: str
    emails: frozenset[str] = frozenset()
    things: tuple[QuerySet[Any], ...] = ()


@dataclass(frozen=True)
class Blanked:
    """The column is overwritten, with a value or with what is made of the person's id."""

    with_: Any = ""

    def value(self, person: Person) -> Any:
        return self.with_(person.id) if callable(self.with_) else self.with_


@dataclass(frozen=True)
class Kept:
    """The column stays as it is, because it says nothing of anybody, or because it has to."""

    because: str


Column = Blanked | Kept


class Rows:
    """What becomes of the rows of a model. Each column that could hold words is named, unless they are deleted."""

    def __init__(self, **columns: Column) -> None:
        self.columns = columns

    def erase(self, model: Any, person: Person) -> None:
        """Do it to this person's rows, within the open transaction. Rows of nobody stay."""


class Whose(Rows):
    """Rows that are somebody's: `of` is the way from a row to their id. They stay, and columns are blanked."""

    def __init__(self, of: str, **columns: Column) -> None:
        super().__init__(**columns)
        self.of = of

    def erase(self, model: Any, person: Person) -> None:
        change = {name: column.value(person) for name, column in self.columns.items() if isinstance(column, Blanked)}
        texts = {name: value for name, value in change.items() if isinstance(value, str)}
        count_up = {"version": F("version") + 1, "updated_at": timezone.now()} if issubclass(model, Versioned) else {}
        theirs = model.objects.filter(**{self.of: person.id})
        # Rows that are blank already are not changed once more.
        if change:
            (theirs.exclude(**texts) if texts else theirs).update(**change, **count_up)


class Deleted(Rows):
    """Rows that are somebody's and go."""

    def __init__(self, of: str) -> None:
        super().__init__()
        self.of = of

    def erase(self, model: Any, person: Person) -> None:
        model.objects.filter(**{self.of: person.id}).delete()


class Swept(Rows):
    """Rows that only `sweep` can tell apart, because they are sealed or of anybody."""

    def __init__(self, sweep: Callable[[Person], None], **columns: Column) -> None:
        super().__init__(**columns)
        self.sweep = sweep

    def erase(self, model: Any, person: Person) -> None:
        self.sweep(person)


Map = Mapping[type[models.Model], Rows]

_LEASED = {"leased_by": Kept("a worker"), "last_failure": Kept("the name of what failed, never what was written")}
_ID, _OURS = Kept("an id"), Kept("a word of ours")
_TRACE = {"request_id": Kept("as it was sent: 8 to 64 letters and digits, by programs"), "traceparent": _ID}
_SYSTEM = Kept("staff's words about a system of the shop")
_DIGEST, _PUBLIC = Kept("a digest of a random secret"), Kept("public")


def chassis_map(service: str) -> dict[type[models.Model], Rows]:
    """What becomes of the tables that every service has, for those models that are made of these."""
    return {
        outbox.OutboxEvent: Swept(
            lambda person: outbox.mask_words(service, person.things),
            stream=_ID,
            type=_OURS,
            data=Kept("ids, amounts and words of ours; what people wrote is masked by `mask_words`"),
            **_TRACE,
        ),
        outbox.Delivery: Rows(subscriber=_OURS, stream=_ID),
        inbox.InboxEvent: Rows(
            id=_ID, source=_OURS, type=_OURS, stream=_ID, data=Kept("what another service has in its outbox"), **_TRACE
        ),
        idempotency.IdempotencyRecord: Swept(
            lambda person: idempotency.forget_answers(service, person.things, person=person.id),
            scope=Kept("a digest"),
            key=Kept("goes with its row"),
            fingerprint=Kept("goes with its row"),
            answer=Kept("goes with its row"),
            caller=_ID,
            about=_ID,
        ),
        keys.KnownKeys: Rows(issuer=_OURS, key_set=_PUBLIC),
        revocations.Revocation: Rows(subject=_ID),
        known_answers.KnownAnswer: Swept(
            lambda person: known_answers.forget(service, person.id),
            key=Kept("a digest"),
            neighbour=_OURS,
            scope=_OURS,
            path=Kept("an address with an id in it"),
            subject=_ID,
            sealed=Kept("emptied by `forget`"),
        ),
        audits.AuditEvent: Rows(
            actor=_ID,
            on_behalf_of=_ID,
            action=_OURS,
            subject=_ID,
            changes=Kept("what is personal is masked before it is written"),
            request_id=_TRACE["request_id"],
        ),
        mails.Mail: Swept(
            lambda person: mails.forget(service, person.emails),
            kind=_OURS,
            sealed=Kept("emptied by `forget`, and when it was sent"),
            request_id=_TRACE["request_id"],
        ),
        operations.Operation: Swept(
            lambda person: operations.forget_mentions(service, {person.id, *person.emails}),
            kind=_OURS,
            owner=_ID,
            wishes=Kept("words of ours and times"),
            position=Kept("ids and numbers"),
            media_type=_OURS,
            token_digest=_DIGEST,
            problem=Kept("what went wrong, in words of ours"),
            request_id=_TRACE["request_id"],
        ),
        operations.OperationPart: Rows(content=Kept("goes with its operation, where it names them")),
        webhooks.WebhookEndpoint: Rows(
            url=_SYSTEM,
            description=_SYSTEM,
            events=_OURS,
            sealed_secret=Kept("a random secret"),
            sealed_previous=Kept("a random secret"),
        ),
        webhooks.WebhookAttempt: Swept(
            lambda person: webhooks.forget_answers(service, person.things),
            error=Kept("why a system of the shop was not reached"),
            response_excerpt=Kept("blanked by `forget_answers`"),
        ),
        leases.Streamed: Rows(stream=_ID),
        leases.Leased: Rows(**_LEASED),
    }


def columns_of(model: type[models.Model], known: Map) -> dict[str, Column]:
    """What is said of a model's columns, there and of what it is made of."""
    return {
        name: column
        for kind in reversed(model.__mro__)
        if kind in known
        for name, column in known[kind].columns.items()
    }


def unclassified(found: Iterable[type[models.Model]], known: Map) -> list[str]:
    """The columns of these models that could hold what people write, and of which nothing is said."""
    return [
        f"{model.__name__}.{column.name}"
        for model in found
        if not isinstance(known.get(model), Deleted)
        for column in model._meta.concrete_fields
        if not (isinstance(column, WORDLESS) or column.choices)
        if column.name not in columns_of(model, known)
    ]


def erase(found: Iterable[type[models.Model]], known: Map, person: Person) -> None:
    """Do to a person's rows what the map says, within the open transaction; what has to be looked for, first."""
    said = [(model, known[kind]) for model in found for kind in model.__mro__ if kind in known]
    for model, rows in sorted(said, key=lambda one: not isinstance(one[1], Swept)):
        rows.erase(model, person)


def blanks(rows: Rows) -> dict[str, Any]:
    """What stands in the place of what is blanked, where that is the same for everybody."""
    return {name: column.with_ for name, column in rows.columns.items() if isinstance(column, Blanked)}


def models_in(service: str) -> list[type[models.Model]]:
    """Every model whose table is in the service's database."""
    return [model for model in apps.get_models() if router.db_for_write(model) == service]


def tombstone(person: str) -> str:
    """What stands where an address was: no mailbox, and a different one for everybody."""
    return f"erased+{person}{NOWHERE}"
