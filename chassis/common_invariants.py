"""The invariants that every service has, whatever it is about: nothing is stuck or lost, nothing secret lies open."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.apps import apps
from django.db import connections, models
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from chassis.audits import AuditEvent
from chassis.idempotency import RETENTION, IdempotencyRecord
from chassis.identifiers import first_id
from chassis.inbox import InboxEvent
from chassis.invariants import Fact, Invariants, Span, Violation, each, kinds_of
from chassis.leases import Streamed, leased_models
from chassis.mails import Mail
from chassis.outbox import kinds_of_events
from chassis.topology import SERVICES
from chassis.webhooks import EndpointStatus, WebhookDelivery

# As both databases understand it. Fernet's tokens, which are all that may be kept in bytes, begin alike.
PATTERN = r'client_secret": *"[^"]|whsec_[A-Za-z0-9+/]{8}|sk_(live|test)_[A-Za-z0-9]|eyJ[A-Za-z0-9_-]+[.]eyJ'
SEALED, NEXT_TO_SEALED = b"gAAAA", b"gAAAB"


def of_every(service: str) -> Invariants:
    """What holds in every service."""
    at_any_time = (_gaps, _unaddressed, _overtaken, _acts_of_nobody, _missing_keys, _secrets, _unsealed)
    once_settled = (_stuck, _untold, _undelivered, _unsent_letters, _kept_keys)
    return Invariants(
        tuple(partial(check, service) for check in at_any_time),
        tuple(partial(check, service) for check in once_settled),
        {"announcements": partial(_announcements, service), "heard": partial(_heard, service)},
    )


def _stuck(service: str, before: datetime) -> Iterator[Violation]:
    """I14: what a worker should have taken up long ago, or has held for longer than any lease lasts."""
    nobody = Q(leased_until=None) | Q(leased_until__lt=before)
    for model in leased_models(service):
        rows = _awaited(model).filter(nobody, due_at__lt=before).values("pk", "due_at", "last_failure")
        text = f"{model._meta.verbose_name}: due at {{due_at}}, and not done {{last_failure}}"
        yield from each("I14", rows, text, subject="pk")


def _awaited(model: Any) -> Any:
    """What waits for us: an endpoint that answers badly is told slowly, or not any more."""
    waiting = model.objects.waiting()
    return waiting.filter(endpoint__status=EndpointStatus.ACTIVE) if issubclass(model, WebhookDelivery) else waiting


def _untold(service: str, before: datetime) -> Iterator[Violation]:
    """I14: what happened while an endpoint was listening is on its way to it."""
    since = _model(service, "WebhookEndpoint").objects.listening().aggregate(since=Min("listens_since"))["since"]
    if since:
        rows = _model(service, "OutboxEvent").objects.filter(told_at=None, occurred_at__range=(since, before))
        yield from each("I14", rows.values("pk", "type"), "webhook endpoints were not told of {type}", subject="pk")


def _undelivered(service: str, before: datetime) -> Iterator[Violation]:
    """I14: what was announced and not delivered, what was heard and not reacted to; however often that was tried."""
    sent = _model(service, "Delivery").objects.waiting().filter(event__occurred_at__lt=before)
    text = "not delivered to {subscriber} since {event__occurred_at}: {last_failure}"
    told = sent.values("event_id", "subscriber", "event__occurred_at", "last_failure")
    yield from each("I14", told, text, subject="event_id")
    for model in kinds_of(service, InboxEvent):
        heard = model.objects.waiting().filter(received_at__lt=before).values("pk", "type", "last_failure")
        yield from each("I14", heard, "{type} was heard, and not reacted to: {last_failure}", subject="pk")


def _unsent_letters(service: str, before: datetime) -> Iterator[Violation]:
    for model in kinds_of(service, Mail):
        rows = model.objects.waiting().filter(pk__lt=first_id("mai", before)).values("pk", "kind", "last_failure")
        yield from each("I14", rows, "the letter {kind} is not sent: {last_failure}", subject="pk")


def _kept_keys(service: str, before: datetime) -> Iterator[Violation]:
    """I14: a claim that nobody came back to is taken over by whoever does, and forgotten in time if nobody does."""
    for model in kinds_of(service, IdempotencyRecord):
        rows = model.objects.filter(answer=None, created_at__lt=before - RETENTION).values("pk", "created_at")
        yield from each("I14", rows, "an idempotency key in use since {created_at}, and not forgotten", subject="pk")


def _gaps(service: str) -> Iterator[Violation]:
    """I14: the facts of one stream are numbered from 1, and none is missing."""
    streams = _model(service, "OutboxEvent").objects.values("stream").order_by()
    counted = streams.annotate(count=Count("pk"), first=Min("number"), last=Max("number"))
    rows = counted.exclude(first=1, last=F("count"))
    yield from each("I14", rows, "{count} announcements are numbered {first} to {last}", subject="stream")


def _unaddressed(service: str) -> Iterator[Violation]:
    """I14: every fact is on its way to everybody who subscribes to it.

    A subscriber that came later hears of what happened from then on: from the first fact that was addressed to it.
    """
    for kind, subscriber in _subscriptions(service):
        to_them = _model(service, "Delivery").objects.filter(subscriber=subscriber)
        first = to_them.filter(event__type=kind).aggregate(first=Min("event_id"))["first"] or ""
        told = _model(service, "OutboxEvent").objects.filter(type=kind, pk__gte=first)
        rows = told.filter(~Exists(to_them.filter(event_id=OuterRef("pk")))).values("pk", "type")
        yield from each("I14", rows, f"{{type}} is not on its way to {subscriber}", subject="pk")


def _overtaken(service: str) -> Iterator[Violation]:
    """I16: within a stream nothing is done before what comes first."""
    for model in kinds_of(service, Streamed):
        lane = {model.lane: OuterRef(model.lane)} if model.lane else {}
        later = model.objects.filter(stream=OuterRef("stream"), number__gt=OuterRef("number"), **lane)
        rows = model.objects.waiting().filter(Exists(later.exclude(done_at=None))).values("pk", "stream", "number")
        text = f"{model._meta.verbose_name} {{pk}}, number {{number}}, was overtaken by a later one"
        yield from each("I16", rows, text, subject="stream")


def _acts_of_nobody(service: str) -> Iterator[Violation]:
    for model in kinds_of(service, AuditEvent):
        rows = model.objects.filter(actor="").values("pk", "action", "subject")
        yield from each("I17", rows, "{action} of {subject}, and nobody did it", subject="pk")


def _missing_keys(service: str) -> Iterator[Violation]:
    """I18: what is unique is so because the database sees to it; so it is enough that it does."""
    connection = connections[service]
    with connection.cursor() as cursor:
        for model in apps.get_app_config(service).get_models():
            table = model._meta.db_table
            there = connection.introspection.get_constraints(cursor, table)
            kept = {frozenset(one["columns"]) for one in there.values() if one["unique"] or one["primary_key"]}
            for columns in _unique_columns(model):
                if frozenset(columns) not in kept:
                    yield Violation("I18", table, f"({', '.join(sorted(columns))}) is not kept unique by the database")


def _unique_columns(model: Any) -> Iterator[list[str]]:
    column = {field.name: field.column for field in model._meta.concrete_fields}
    yield from ([field.column] for field in model._meta.concrete_fields if field.unique)
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            named: Any = constraint.expressions  # each an F
            yield [column[name] for name in constraint.fields or [one.name for one in named]]


def _secrets(service: str) -> Iterator[Violation]:
    """I22: no secret stands in a text, such as that of an announcement, an act, or an operation."""
    for model in apps.get_app_config(service).get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.JSONField | models.TextField):
                text = {"text": Cast(field.name, models.TextField())}
                rows = model._default_manager.annotate(**text).filter(text__regex=PATTERN).values("pk")
                yield from each("I22", rows, f"a secret in {model._meta.db_table}.{field.column}", subject="pk")


def _unsealed(service: str) -> Iterator[Violation]:
    """I22: what is kept in bytes is sealed."""
    for model in apps.get_app_config(service).get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.BinaryField):
                name = field.name
                kept = model._default_manager.exclude(**{name: None}).exclude(**{name: b""})
                rows = kept.exclude(**{f"{name}__gte": SEALED, f"{name}__lt": NEXT_TO_SEALED}).values("pk")
                yield from each("I22", rows, f"{model._meta.db_table}.{field.column} is not sealed", subject="pk")


def _announcements(service: str, span: Span) -> list[Fact]:
    """What was announced to other services, and to whom it was delivered."""
    deliveries = _model(service, "Delivery").objects.filter(subscriber__in=SERVICES)
    if span.since:
        deliveries = deliveries.filter(event_id__gte=first_id("evt", span.since))
    page: QuerySet[Any, Any] = span.of(deliveries, "event_id").values_list("event_id", flat=True).distinct()
    keys = list(page[: span.limit])
    found = deliveries.filter(event_id__in=keys).values_list("event_id", "subscriber", "done_at")
    delivered: dict[str, list[str]] = {key: [] for key in keys}
    for event_id, subscriber, done_at in found:
        if done_at:
            delivered[event_id].append(subscriber)
    return [{"key": key, "delivered_to": sorted(delivered[key])} for key in keys]


def _heard(service: str, span: Span) -> list[Fact]:
    """What was heard of others, and of whom."""
    (inbox,) = kinds_of(service, InboxEvent)
    heard = inbox.objects.filter(pk__gte=first_id("evt", span.since)) if span.since else inbox.objects.all()
    rows = span.of(heard, "pk").values_list("pk", "source", "received_at")[: span.limit]
    return [
        {"key": key, "source": source.rpartition("/")[2], "is_settled": received_at < span.settled_before}
        for key, source, received_at in rows
    ]


def _subscriptions(service: str) -> list[tuple[str, str]]:
    """The types of what a service announces, with everybody who hears of each."""
    return sorted({(kind.type, subscriber) for kind in kinds_of_events(service) for subscriber in kind.subscribers})


def _model(service: str, name: str) -> Any:
    return apps.get_model(service, name)
