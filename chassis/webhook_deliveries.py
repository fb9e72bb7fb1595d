"""What workers do so that endpoints are told: events become deliveries, and deliveries are sent.

Whoever sends waits for strangers, so each message has a thread of its own, and no other work waits for it. Of one
endpoint only so many are sent at once, so one that answers late, or never, holds up no other.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from requests.structures import CaseInsensitiveDict

from chassis import context, kills, metrics, traces
from chassis.audits import record
from chassis.fetching import INTERNET, Fetched, FetchFailed, UnreachableTarget, fetch
from chassis.wakes import wake
from chassis.webhook_endpoints import give_up, is_own_machine
from chassis.webhooks import LONGEST_EXCERPT, DeliveryStatus, EndpointStatus, message, signed

EVENTS_A_ROUND = 200
# After the first, which is sent at once; each may come a tenth later.
WAITS_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
TIMEOUT_SECONDS = 15.0
LONGEST_ANSWER = 64 * 1024
AT_ONCE, OF_ONE, OF_ONE_DEGRADED = 16, 4, 1
KEPT = timedelta(days=30)
GONE = 410
CONTENT = {"Content-Type": "application/json"}
NETWORK = INTERNET
logger = logging.getLogger("tearline")


@dataclass(frozen=True)
class Answer:
    """What a receiver answered, or the error that it did not."""

    status: int | None
    error: str = ""
    excerpt: str = ""
    asks_for_seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


_busy: Counter[str] = Counter()
_changed = threading.Condition()


def tell(service: str) -> int:
    """Make a delivery of each new event for each endpoint that listens to it; returns how many events there were.

    Events may be committed in another order than they happened in, so each says itself whether it was told. Those of
    before the oldest endpoint are never looked at.
    """
    listening = apps.get_model(service, "WebhookEndpoint").objects.listening()
    since = listening.order_by("listens_since").values_list("listens_since", flat=True).first()
    if since is None:
        return 0
    untold = apps.get_model(service, "OutboxEvent").objects.filter(told_at=None, occurred_at__gte=since)
    if not untold.exists():
        return 0
    with transaction.atomic(using=service):
        ours = untold.select_for_update(skip_locked=True, no_key=True).order_by("occurred_at")
        events = [*ours[:EVENTS_A_ROUND]]
        # Read after the events: an endpoint that was there before one of them is among these.
        _address(service, events, [*listening])
        untold.filter(pk__in=[event.pk for event in events]).update(told_at=timezone.now())
    return len(events)


def send(service: str, worker: str) -> int:
    """Begin to send what is due, and do not wait for it; returns how many were begun."""
    taken = [delivery for endpoint in _with_something_due(service) for delivery in _lease(endpoint, worker)]
    for delivery in taken:
        threading.Thread(target=_send_beside, args=(service, delivery), daemon=True).start()
    return len(taken)


def wait_for_answers(seconds: float) -> bool:
    """Wait until nothing is being sent by this process, so long at most; returns whether anything was."""
    with _changed:
        was_busy = bool(_busy.total())
        _changed.wait_for(lambda: not _busy.total(), timeout=seconds)
    return was_busy


def deliver(service: str, delivery: Any) -> None:
    """Send it once, and keep what came of it."""
    event, endpoint = delivery.event, delivery.endpoint
    within = context.for_work(event.request_id, service=service, traceparent=event.traceparent)
    with (
        context.entered(within),
        traces.working("producer", f"webhook {event.type}", service=service, endpoint=endpoint.id, event=event.id),
        kills.running("webhook", event.type),
    ):
        at, started = timezone.now(), time.monotonic()
        answer = _ask(service, endpoint, event)
        attempt = {"at": at, "duration_ms": round((time.monotonic() - started) * 1000)}
        metrics.webhook_sent(service, _keep(service, delivery, answer, attempt))


def forget(service: str) -> int:
    """Delete what was sent long ago, with its attempts."""
    old = apps.get_model(service, "WebhookDelivery").objects.filter(created_at__lt=timezone.now() - KEPT)
    if old.exists():
        old.exclude(done_at=None).delete()
    return 0


def _address(service: str, events: list[Any], endpoints: list[Any]) -> None:
    model = apps.get_model(service, "WebhookDelivery")
    pairs = [(event, endpoint) for event in events for endpoint in endpoints if endpoint.listens_to(event)]
    model.objects.bulk_create([model(event=event, endpoint=endpoint) for event, endpoint in pairs])


def _with_something_due(service: str) -> list[Any]:
    """In any order, so that none is always the last where there is not room for all."""
    due = apps.get_model(service, "WebhookDelivery").objects.due().filter(endpoint=OuterRef("pk"))
    found = [*apps.get_model(service, "WebhookEndpoint").objects.listening().filter(Exists(due))]
    random.shuffle(found)
    return found


def _lease(endpoint: Any, worker: str) -> list[Any]:
    """As many of its deliveries as there is room for."""
    with _changed:
        most = OF_ONE if endpoint.status == EndpointStatus.ACTIVE else OF_ONE_DEGRADED
        room = min(most - _busy[endpoint.id], AT_ONCE - _busy.total())
    if room <= 0:
        return []
    taken: list[Any] = endpoint.deliveries.select_related("event", "endpoint").due().lease(worker, limit=room)
    with _changed:
        _busy[endpoint.id] += len(taken)
    return taken


def _send_beside(service: str, delivery: Any) -> None:
    """In a thread of its own, which leaves no connection behind."""
    try:
        deliver(service, delivery)
    except Exception:
        logger.exception("the delivery %s could not be sent; it is when its lease has run out", delivery.id)
    finally:
        connections.close_all()
        with _changed:
            _busy[delivery.endpoint_id] -= 1
            _changed.notify_all()
        wake()


def _ask(service: str, endpoint: Any, event: Any) -> Answer:
    trace = context.current().trace
    body = message(event, settings.API_VERSIONS[service][-1])
    headers = {**(trace.headers() if trace else {}), **signed(endpoint, event, body), **CONTENT}
    try:
        if is_own_machine(endpoint.url):
            return _read(_ask_own_machine(endpoint.url, body, headers))
        return _read(
            fetch(
                "POST",
                endpoint.url,
                body=body,
                headers=headers,
                timeout_seconds=TIMEOUT_SECONDS,
                max_bytes=LONGEST_ANSWER,
                network=NETWORK,
            )
        )
    except FetchFailed as failure:
        return Answer(None, str(failure)[:300])


def _ask_own_machine(url: str, body: bytes, headers: Mapping[str, str]) -> Fetched:
    """Without TLS, for whoever develops a receiver."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", body, headers)
        response = connection.getresponse()
        return Fetched(response.status, CaseInsensitiveDict(response.getheaders()), response.read(LONGEST_ANSWER))
    except (OSError, HTTPException) as exc:
        raise UnreachableTarget(f"No answer that can be read: {type(exc).__name__}") from exc
    finally:
        connection.close()


def _read(fetched: Fetched) -> Answer:
    """An excerpt is text that every database keeps."""
    excerpt = fetched.body[:LONGEST_EXCERPT].decode(errors="replace").replace("\x00", "�")
    return Answer(fetched.status, "", excerpt, _seconds(fetched.headers.get("Retry-After", "")))


def _keep(service: str, delivery: Any, answer: Answer, attempt: dict[str, Any]) -> str:
    """The attempt and what follows from it, in one transaction; returns what that is, in a word."""
    with transaction.atomic(using=service):
        endpoint = type(delivery.endpoint).objects.select_for_update(no_key=True).get(pk=delivery.endpoint_id)
        row = type(delivery).objects.select_for_update().get(pk=delivery.pk)
        kept = {"status_code": answer.status, "error": answer.error, "response_excerpt": answer.excerpt}
        row.attempts.create(**kept, **attempt)
        if answer.is_good:
            endpoint.note_success()
            return _end(row, DeliveryStatus.DELIVERED)
        if row.done_at or row.leased_by != delivery.leased_by:
            return "late"  # somebody else has taken it over, or it was given up
        before = endpoint.status
        _note(endpoint, answer)
        outcome = _fail(endpoint, row, answer)
        if endpoint.status != before:
            _tell_of(service, endpoint, before, row.last_failure)
        return outcome


def _note(endpoint: Any, answer: Answer) -> None:
    if answer.status == GONE:
        endpoint.note_gone()
    else:
        endpoint.note_failure()


def _fail(endpoint: Any, row: Any, answer: Answer) -> str:
    """It is sent again later, unless that was the last time or nothing is sent there any more."""
    row.last_failure = answer.error or f"It answered {answer.status}"
    row.failures += 1
    is_closed = endpoint.status == EndpointStatus.DISABLED or endpoint.archived_at
    if is_closed or row.failures > len(WAITS_SECONDS):
        return _end(row, DeliveryStatus.DEAD)
    row.status, row.leased_by, row.leased_until = DeliveryStatus.RETRY_WAIT, "", None
    row.due_at = timezone.now() + timedelta(seconds=_wait(row.failures, answer.asks_for_seconds))
    row.save()
    return "failed"


def _tell_of(service: str, endpoint: Any, before: str, reason: str) -> None:
    """An endpoint that is told no more is a loss that somebody has to hear of."""
    if endpoint.status == EndpointStatus.DISABLED:
        give_up(endpoint, "The endpoint was disabled")
        record(service, "webhook_endpoint.disabled", endpoint.id, status=(before, endpoint.status))
    logger.warning("the webhook endpoint %s of %s is %s: %s", endpoint.id, service, endpoint.status, reason)


def _end(row: Any, status: DeliveryStatus) -> str:
    row.status, row.done_at, row.leased_by, row.leased_until = status, timezone.now(), "", None
    row.save()
    return str(status)


def _wait(failures: int, asked_for: float) -> float:
    """As the schedule has it, and not before the receiver has asked for; a day at most."""
    planned = max(WAITS_SECONDS[failures - 1], min(asked_for, WAITS_SECONDS[-1]))
    return planned * random.uniform(1, 1.1)  # noqa: S311  no secret


def _seconds(retry_after: str) -> float:
    """How long `Retry-After` asks to wait, in seconds or until a date."""
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        return (parsedate_to_datetime(retry_after) - timezone.now()).total_seconds()
    except (TypeError, ValueError):
        return 0.0
