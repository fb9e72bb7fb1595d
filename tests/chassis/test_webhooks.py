"""What an endpoint listens to, how it is believed, and how it falls silent."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from apps.orders.models import OutboxEvent, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from chassis.webhooks import MOST_BYTES, covers, forget_answers, message, signed

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def secret_of():
    """A new secret of the endpoint."""

    def renewed(endpoint):
        secret = endpoint.renew_secret()
        endpoint.save()
        return secret

    return renewed


@pytest.fixture
def endpoint():
    made = WebhookEndpoint(url="https://receiver.example/hooks", events=["order.*"])
    made.renew_secret()
    made.save()
    return made


def event(**facts):
    told = {"id": "evt_1", "stream": "ord_1", "number": 3, "type": "order.placed", "data": {"order_id": "ord_1"}}
    return OutboxEvent(**{**told, "request_id": "of-the-request", "occurred_at": NOW, **facts})


# What it is told


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("*", True),
        ("order.placed", True),
        ("order.*", True),
        ("order.place", False),
        ("orders.*", False),
        ("ord.*", False),
        ("product.*", False),
    ],
)
def test_a_pattern_is_everything_one_type_or_what_begins_alike(pattern, covered):
    assert covers(pattern, "order.placed") is covered


def test_an_endpoint_is_told_of_what_happens_from_its_making_on(endpoint):
    before = NOW - timedelta(milliseconds=1)

    assert endpoint.listens_to(event())
    assert not endpoint.listens_to(event(occurred_at=before))
    assert not endpoint.listens_to(event(type="product.created"))


def test_a_message_is_thin_and_tells_its_place_in_the_stream(endpoint):
    body = message(event(data={"order_id": "ord_1", "total": 5, "email": "ana@example.com"}), "v2")

    assert body == (
        b'{"id":"evt_1","type":"order.placed","created_at":"2026-01-31T12:00:00.000Z","api_version":"v2",'
        b'"request_id":"of-the-request","sequence":3,"data":{"object":{"id":"ord_1","order_id":"ord_1","total":5}}}'
    )


def test_a_message_that_would_be_too_long_tells_only_what_it_is_about(endpoint):
    body = message(event(data={"order_id": "ord_1", "note": "x" * MOST_BYTES}), "v2")

    assert len(body) < 300
    assert b'"data":{"object":{"id":"ord_1"}}' in body


# How it is believed


def test_whoever_has_the_secret_believes_a_message_and_nobody_else_does(endpoint, secret_of):
    secret = secret_of(endpoint)
    body = message(event(), "v2")
    headers = signed(endpoint, event(), body)

    assert Webhook(secret).verify(body, headers)["type"] == "order.placed"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 43).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"placed", b"paid"), headers)


def test_a_message_of_long_ago_is_not_believed(endpoint, secret_of, clock):
    secret = secret_of(endpoint)
    headers = signed(endpoint, event(), b"{}")
    clock.shift(301)

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(b"{}", headers)


def test_for_a_day_after_a_rotation_both_secrets_are_good(endpoint, secret_of, clock):
    old, new = secret_of(endpoint), secret_of(endpoint)

    both = signed(endpoint, event(), b"{}")
    clock.shift(timedelta(hours=24))
    alone = signed(endpoint, event(), b"{}")

    assert [Webhook(secret).sign("evt_1", NOW, "{}") for secret in (new, old)] == both["webhook-signature"].split()
    assert len(alone["webhook-signature"].split()) == 1
    Webhook(new).verify(b"{}", alone)


def test_a_secret_is_long_enough_and_not_in_the_database_in_clear(endpoint, secret_of):
    secret = secret_of(endpoint)

    row = WebhookEndpoint.objects.values().get(pk=endpoint.pk)
    assert secret.startswith("whsec_")
    assert len(Webhook(secret)._whsecret) == 32
    assert secret.removeprefix("whsec_") not in str(row)


# How it falls silent


def test_five_failures_in_a_row_are_shown_and_one_success_ends_them(endpoint):
    seen = []
    for _ in range(5):
        endpoint.note_failure()
        seen.append(endpoint.status)
    version = endpoint.version

    endpoint.note_success()

    assert seen == ["active"] * 4 + ["degraded"]
    assert (endpoint.status, endpoint.failure_count, endpoint.failing_since) == ("active", 0, None)
    assert endpoint.version == version + 1


def test_after_three_days_of_nothing_but_failures_it_is_told_no_more(endpoint, clock):
    endpoint.note_failure()
    clock.shift(timedelta(days=3, seconds=-1))
    endpoint.note_failure()
    before = endpoint.status
    clock.shift(1)

    endpoint.note_failure()

    assert (before, endpoint.status) == ("active", "disabled")


def test_one_that_is_gone_is_told_no_more_at_once(endpoint):
    endpoint.note_gone()

    assert WebhookEndpoint.objects.get().status == "disabled"
    assert not WebhookEndpoint.objects.listening().exists()


# Whoever is erased


def test_what_endpoints_answered_to_facts_about_somebody_goes_with_them(endpoint):
    told = [event(id=f"evt_{stream}", stream=stream) for stream in ("ord_1", "ord_2")]
    for one in told:
        one.save()
        delivery = WebhookDelivery.objects.create(endpoint=endpoint, event=one)
        delivery.attempts.create(at=NOW, duration_ms=1, response_excerpt="Thanks for Zelda's order")

    forget_answers("orders", [OutboxEvent.objects.filter(stream="ord_1").values("stream")])

    answers = WebhookAttempt.objects.order_by("delivery__event__stream").values_list("response_excerpt", flat=True)
    assert [*answers] == ["", "Thanks for Zelda's order"]
