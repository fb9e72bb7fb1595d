"""What is looked up when somebody asks for the metrics: pools and guards of this process, and what databases know.

A scrape meets one process of a server. So each process notes its own pools and guards every few seconds where it is
one of several; databases are asked by whichever process is met.
"""

import logging
import os
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from chassis import guards
from chassis.breakers import State
from chassis.guards import Guard
from chassis.leases import leased_models
from chassis.pauses import keep_up
from chassis.topology import SERVICES, topology
from chassis.transports import Http, transport_to
from chassis.webhooks import EndpointStatus, WebhookDelivery

LOOK_SECONDS = 5.0
_COUNTS = {"waiting": Count("pk"), "failing": Count("pk", filter=Q(failures__gt=0))}
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
logger = logging.getLogger("tearline")


def _live(name: str, what: str, *labels: str) -> Gauge:
    return Gauge(name, what, labels, multiprocess_mode="livesum")


_http = _live("tearline_http_pool_connections", "Connections to a neighbour", "neighbour", "state")
_http_size = _live("tearline_http_pool_size", "How many connections to a neighbour are kept", "neighbour")
_database = _live("tearline_database_pool_connections", "Connections to a service's database", "service", "state")
_database_size = _live("tearline_database_pool_size", "How many connections to it there may be", "service")
_database_waiting = _live("tearline_database_pool_waiting", "Threads that wait for one", "service")


_breakers = _live("tearline_breaker_state", "Processes whose circuit breaker is so", "caller", "neighbour", "state")
_bulkheads = _live("tearline_bulkhead_in_use", "Calls that are under way", "caller", "neighbour")
_bulkhead_size = _live("tearline_bulkhead_size", "How many of them there may be; 0 for any", "caller", "neighbour")


def exposition() -> bytes:
    """Everything, in the text format of Prometheus."""
    look()
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY) + generate_latest(_registry(InDatabases()))
    return generate_latest(_registry(InDatabases(), MultiProcessCollector(None)))  # type: ignore[no-untyped-call]


def look() -> None:
    """Note how this process's guards and pools are."""
    for guard in guards.known():
        _note_guard(guard)
    for service in SERVICES:
        adapter = transport_to(service)
        if isinstance(adapter, Http):
            _note_http(service, adapter)
    for service in topology().hosted:
        if connections[service].vendor == "postgresql":
            _note_database(service)


def keep_looking() -> None:
    """For a process that is one of several: note it again and again, because scrapes meet the others."""
    threading.Thread(target=_look_again, name="readings", daemon=True).start()


def _look_again() -> None:
    resting = threading.Event()
    while not resting.wait(LOOK_SECONDS):
        look()


def _registry(*collectors: Any) -> CollectorRegistry:
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return registry


def _note_guard(guard: Guard) -> None:
    where = (guard.caller, guard.neighbour)
    for state in State:
        _breakers.labels(*where, state.value).set(guard.breaker.state is state)
    _bulkheads.labels(*where).set(guard.bulkhead.in_use)
    _bulkhead_size.labels(*where).set(guard.bulkhead.size)


def _note_http(service: str, adapter: Http) -> None:
    """urllib3 keeps a queue of as many places as there may be connections; what is taken out of it is in use."""
    pools = adapter.poolmanager.pools
    known = [pool for key in pools.keys() if (pool := pools.get(key))]  # noqa: SIM118  it does not iterate
    queues = [pool.pool for pool in known if pool.pool]
    size = sum(queue.maxsize for queue in queues)
    idle = sum(place is not None for queue in queues for place in list(queue.queue))
    _http.labels(service, "in_use").set(size - sum(queue.qsize() for queue in queues))
    _http.labels(service, "idle").set(idle)
    _http_size.labels(service).set(size)


def _note_database(service: str) -> None:
    pool = connections[service].pool  # type: ignore[attr-defined]  # only PostgreSQL's has one
    told = pool.get_stats()
    idle = told["pool_available"]
    _database.labels(service, "in_use").set(told["pool_size"] - idle)
    _database.labels(service, "idle").set(idle)
    _database_size.labels(service).set(told["pool_max"])
    _database_waiting.labels(service).set(told["requests_waiting"])


class InDatabases(Collector):
    """What is known only to the databases of the services hosted here. One that is away leaves its part out."""

    def collect(self) -> Iterable[Metric]:
        families = _families()
        for service in topology().hosted:
            reached = True
            try:
                keep_up(service)
                for name, labels, value in _told_by(service):
                    families[name].add_metric([service, *labels], value)
            except Exception as exc:  # noqa: BLE001  whatever a database that is away fails with
                reached = False
                logger.warning("the database of %s tells no metrics: %s", service, exc)
            families["database_reachable"].add_metric([service], reached)
        return families.values()


Reading = tuple[str, list[str], float]


def _told_by(service: str) -> list[Reading]:
    return [*_outbox(service), *_inbox(service), *_lag(service), *_webhooks(service)]


def _families() -> dict[str, GaugeMetricFamily]:
    named = {
        "outbox_waiting": ("Announcements not yet delivered", ["service", "subscriber"]),
        "outbox_oldest_seconds": ("How long the oldest of them has waited", ["service", "subscriber"]),
        "outbox_failing": ("Those of them that were tried in vain", ["service", "subscriber"]),
        "inbox_waiting": ("Announcements not yet reacted to", ["service"]),
        "inbox_oldest_seconds": ("How long the oldest of them has waited", ["service"]),
        "inbox_failing": ("Those of them whose reaction has failed", ["service"]),
        "webhooks_waiting": ("Messages to webhook endpoints that wait for a try", ["service"]),
        "webhooks_oldest_seconds": ("How long the oldest of them has waited", ["service"]),
        "webhook_endpoints": ("Webhook endpoints by status", ["service", "status"]),
        "worker_lag_seconds": ("How late the most overdue work is", ["service"]),
        "work_failing": ("Pieces of work that failed and wait for another try", ["service"]),
        "database_reachable": ("Whether the database of a service could be asked: 1 or 0", ["service"]),
    }
    return {name: GaugeMetricFamily(f"tearline_{name}", what, labels=labels) for name, (what, labels) in named.items()}


def _outbox(service: str) -> Iterator[Reading]:
    waiting = apps.get_model(service, "Delivery").objects.using(service).waiting()
    counted = waiting.values("subscriber").annotate(oldest=Min("event__occurred_at"), **_COUNTS)
    told = {row["subscriber"]: row for row in counted}
    for subscriber in SERVICES:
        if subscriber != service or subscriber in told:
            row = told.get(subscriber, {"waiting": 0, "failing": 0, "oldest": None})
            yield "outbox_waiting", [subscriber], row["waiting"]
            yield "outbox_oldest_seconds", [subscriber], _age(row["oldest"])
            yield "outbox_failing", [subscriber], row["failing"]


def _inbox(service: str) -> Iterator[Reading]:
    waiting = apps.get_model(service, "InboxEvent").objects.using(service).waiting()
    row = waiting.aggregate(oldest=Min("received_at"), **_COUNTS)
    yield "inbox_waiting", [], row["waiting"]
    yield "inbox_oldest_seconds", [], _age(row["oldest"])
    yield "inbox_failing", [], row["failing"]


def _lag(service: str) -> Iterator[Reading]:
    """Of everything that workers may take now, whichever job it is for; for webhooks they wait for strangers."""
    ours = [model for model in leased_models(service) if not issubclass(model, WebhookDelivery)]
    rows = [model.objects.using(service) for model in ours]
    due = [each.due().aggregate(since=Min("due_at"))["since"] for each in rows]
    yield "worker_lag_seconds", [], max(map(_age, due), default=0.0)
    yield "work_failing", [], sum(each.waiting().filter(failures__gt=0).count() for each in rows)


def _webhooks(service: str) -> Iterator[Reading]:
    waiting = apps.get_model(service, "WebhookDelivery").objects.using(service).waiting()
    row = waiting.aggregate(waiting=Count("pk"), oldest=Min("event__occurred_at"))
    yield "webhooks_waiting", [], row["waiting"]
    yield "webhooks_oldest_seconds", [], _age(row["oldest"])
    present = apps.get_model(service, "WebhookEndpoint").objects.using(service).present()
    counted = dict(present.values_list("status").annotate(Count("pk")))
    for status in EndpointStatus.values:
        yield "webhook_endpoints", [status], counted.get(status, 0)


def _age(since: datetime | None) -> float:
    return max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0
