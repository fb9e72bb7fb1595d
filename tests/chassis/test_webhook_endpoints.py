"""What admins do with endpoints."""

from datetime import timedelta

import pytest
from django.db.transaction import atomic
from django.utils import timezone

from apps.orders.models import AuditEvent, OutboxEvent, WebhookDelivery, WebhookEndpoint
from chassis.fetching import ForbiddenTarget
from chassis.outbox import announce
from chassis.problems import InvalidRequest, InvalidState, VersionMismatch
from chassis.webhook_deliveries import tell
from chassis.webhook_endpoints import (
    archive_endpoint,
    change_endpoint,
    enable_endpoint,
    event_types,
    register_endpoint,
    replay,
    require_receivable,
    rotate_secret,
    send_test,
)
from chassis.webhooks import DeliveryStatus
from tests.chassis.test_outbox import ShelfPainted

pytestmark = pytest.mark.django_db
URL = "https://receiver.example/hooks"


@pytest.fixture
def endpoint():
    return register_endpoint("orders", url=URL, events=["*"], description="")[0]


@pytest.fixture
def delivery(endpoint):
    return send_test("orders", endpoint)


def recorded():
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def happens():
    with atomic(using="orders"):
        announce(ShelfPainted("shelf_1"))


@pytest.mark.parametrize(
    ("service", "type"),
    [
        ("orders", "order.placed"),
        ("orders", "operation.finished"),
        ("users", "operation.finished"),
        ("users", "user.registered"),
    ],
)
def test_a_service_knows_what_it_announces(service, type):
    assert type in event_types(service)


def test_what_never_happens_at_this_service_is_no_event_of_it():
    assert "order.placed" not in event_types("payments")
    with pytest.raises(InvalidRequest) as refusal:
        register_endpoint("payments", url=URL, events=["payment.*", "order.placed"], description="")

    assert [error["pointer"] for error in refusal.value.members["errors"]] == ["/events/1"]
    assert "payment.succeeded" in refusal.value.members["errors"][0]["message"]


def test_only_for_development_is_a_receiver_on_this_machine(settings):
    url = "http://127.0.0.1:9000/hooks"
    settings.WEBHOOK_ALLOW_LOOPBACK = False
    with pytest.raises(ForbiddenTarget):
        require_receivable(url)

    settings.WEBHOOK_ALLOW_LOOPBACK = True

    require_receivable(url)
    for elsewhere in ("http://127.0.0.1:9000@10.0.0.1/", "http://10.0.0.1:9000/", "http://localhost:9000/"):
        with pytest.raises(ForbiddenTarget):
            require_receivable(elsewhere)


def test_whoever_was_slower_changes_nothing(endpoint):
    stale = WebhookEndpoint.objects.get(pk=endpoint.pk)
    change_endpoint("orders", endpoint, description="First")

    with pytest.raises(VersionMismatch):
        change_endpoint("orders", stale, description="Second")

    assert WebhookEndpoint.objects.get().description == "First"


def test_every_act_is_on_record_and_no_secret_is(endpoint):
    changed = change_endpoint("orders", endpoint, events=["order.*"])
    rotated, secret = rotate_secret("orders", changed)
    archive_endpoint("orders", rotated)

    assert recorded() == [
        "webhook_endpoint.registered",
        "webhook_endpoint.changed",
        "webhook_endpoint.secret_rotated",
        "webhook_endpoint.archived",
    ]
    assert secret not in str(list(AuditEvent.objects.values()))


def test_a_test_goes_to_one_endpoint_alone(endpoint, delivery):
    another = register_endpoint("orders", url=URL, events=["*"], description="")[0]
    send_test("orders", endpoint)

    tell("orders")

    assert [row.number for row in OutboxEvent.objects.filter(type="webhook.test").order_by("number")] == [1, 2]
    assert (endpoint.deliveries.count(), another.deliveries.count()) == (2, 0)


@pytest.mark.parametrize("status", [DeliveryStatus.DELIVERED, DeliveryStatus.DEAD, DeliveryStatus.RETRY_WAIT])
def test_a_delivery_is_replayed_under_its_own_id_whatever_came_of_it(delivery, status):
    done_at = None if status == DeliveryStatus.RETRY_WAIT else timezone.now()
    WebhookDelivery.objects.update(
        status=status, done_at=done_at, failures=7, due_at=timezone.now() + timedelta(hours=1)
    )

    again = replay("orders", delivery)

    assert (again.pk, again.shown_status, again.failures, again.event_id) == (
        delivery.pk,
        "pending",
        0,
        delivery.event_id,
    )
    assert WebhookDelivery.objects.due().count() == 1


def test_what_is_being_sent_is_not_replayed(delivery):
    WebhookDelivery.objects.due().lease("worker")

    with pytest.raises(InvalidState) as refusal:
        replay("orders", delivery)

    assert refusal.value.members["current_status"] == "in_flight"


def test_an_endpoint_that_is_disabled_is_sent_nothing_until_it_is_enabled(endpoint, delivery):
    endpoint.note_gone()
    happens()
    for refused in (lambda: send_test("orders", endpoint), lambda: replay("orders", delivery)):
        with pytest.raises(InvalidState) as refusal:
            refused()
        assert refusal.value.members["allowed_actions"] == ["enable"]

    enabled = enable_endpoint("orders", endpoint)
    happens()
    tell("orders")

    assert (enabled.status, enabled.failure_count) == ("active", 0)
    told = endpoint.deliveries.exclude(event__type="webhook.test").values_list("event__number", flat=True)
    assert [*told] == [2]


def test_enabling_what_is_enabled_changes_nothing(endpoint):
    assert enable_endpoint("orders", endpoint).version == endpoint.version


def test_what_waits_for_an_endpoint_that_is_archived_is_not_sent(endpoint, delivery):
    archive_endpoint("orders", endpoint)

    assert not WebhookDelivery.objects.waiting().exists()
    assert WebhookDelivery.objects.get().shown_status == "dead"
    assert WebhookDelivery.objects.get().last_failure == "The endpoint was archived"
