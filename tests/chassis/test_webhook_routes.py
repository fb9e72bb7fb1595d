"""Webhook endpoints as admins keep them, at every service alike."""

import pytest
from django.utils import timezone

from apps.orders.models import WebhookDelivery, WebhookEndpoint
from chassis.webhook_deliveries import deliver
from tests.chassis.receivers import receiving
from tests.rest.staff import as_person

pytestmark = pytest.mark.django_db

HERE = "/v1/services/{}/webhook-endpoints"
ORDERS = HERE.format("orders")
BODY = {"url": "https://receiver.example/hooks", "events": ["order.*", "product.created"], "description": "The till"}


@pytest.fixture
def admin(api):
    return as_person(api, scopes="webhooks:admin")


@pytest.fixture
def endpoint(admin):
    """One of orders', as it was answered."""
    return made(admin)


def made(admin, service="orders", **changes):
    answer = admin.post(HERE.format(service), {**BODY, **changes})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def deliveries(admin, endpoint, **asked):
    return admin.get(f"{ORDERS}/{endpoint['id']}/deliveries", asked).json()["data"]


@pytest.mark.parametrize("service", ["users", "orders", "payments"])
def test_an_endpoint_is_where_its_location_says_and_its_secret_is_shown_once(admin, service):
    answer = admin.post(HERE.format(service), {**BODY, "events": ["*"]})
    shown = admin.get(answer["Location"])

    assert answer.json()["secret"].startswith("whsec_")
    assert {**shown.json(), "secret": answer.json()["secret"]} == answer.json()
    assert (shown.json()["status"], shown.json()["failure_count"]) == ("active", 0)
    assert [row["id"] for row in admin.get(HERE.format(service)).json()["data"]] == [answer.json()["id"]]


def test_the_list_shows_what_the_endpoint_shows(admin, endpoint):
    assert admin.get(ORDERS).json()["data"] == [admin.get(f"{ORDERS}/{endpoint['id']}").json()]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"url": "http://receiver.example/"}, "/url", "forbidden_target"),
        ({"url": "https://127.0.0.1/"}, "/url", "forbidden_target"),
        ({"url": "https://169.254.169.254/latest"}, "/url", "forbidden_target"),
        ({"url": "https://localhost/"}, "/url", "forbidden_target"),
        ({"url": "http://127.0.0.1:9000/"}, "/url", "forbidden_target"),
        ({"events": []}, "/events", "min_length"),
        ({"events": ["Order placed"]}, "/events/0", "invalid"),
        ({"events": ["*", "order.paidd"]}, "/events/1", "unknown_event_type"),
        ({"events": ["payment.succeeded"]}, "/events/0", "unknown_event_type"),
        ({"secret": "whsec_mine"}, "/secret", "unknown_field"),
        ({"status": "active"}, "/status", "unknown_field"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(admin, settings, changes, pointer, code):
    settings.WEBHOOK_ALLOW_LOOPBACK = False

    answer = admin.post(ORDERS, {**BODY, **changes})

    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_what_was_read_is_changed_and_nothing_else(admin, endpoint):
    address = f"{ORDERS}/{endpoint['id']}"
    tag = admin.get(address)["ETag"]

    blind = admin.patch(address, {"description": "Blind"})
    changed = admin.patch(address, {"description": "Renamed"}, headers={"If-Match": tag})
    stale = admin.patch(address, {"description": "Stale"}, headers={"If-Match": tag})
    wrong = admin.patch(address, {"events": ["nothing.at_all"]}, headers={"If-Match": "*"})

    assert [answer.status_code for answer in (blind, changed, stale, wrong)] == [428, 200, 412, 400]
    assert (changed.json()["description"], changed.json()["events"]) == ("Renamed", BODY["events"])
    assert "secret" not in changed.json()


def test_a_rotated_secret_is_another_and_says_until_when_both_are_good(admin, endpoint):
    rotated = admin.post(f"{ORDERS}/{endpoint['id']}/rotate-secret").json()

    assert rotated["secret"] not in {endpoint["secret"], ""}
    assert rotated["previous_until"] > rotated["updated_at"]


def test_an_archived_endpoint_is_there_no_longer(admin, endpoint):
    address = f"{ORDERS}/{endpoint['id']}"

    archived = admin.delete(address)

    assert archived.status_code == 204
    assert [admin.get(path).status_code for path in (address, f"{address}/deliveries")] == [404, 404]
    assert admin.get(ORDERS).json()["data"] == []


def test_a_test_is_a_delivery_that_is_listed_and_found_by_what_it_is(admin, endpoint):
    answer = admin.post(f"{ORDERS}/{endpoint['id']}/test")

    assert answer.status_code == 202
    assert admin.get(answer["Location"]).json() == {**answer.json(), "attempts": []}
    assert deliveries(admin, endpoint) == [answer.json()]
    for asked, found in (
        ({"status": "pending"}, 1),
        ({"status": "delivered"}, 0),
        ({"type": "webhook.test"}, 1),
        ({"type": "order.placed"}, 0),
    ):
        assert len(deliveries(admin, endpoint, **asked)) == found


def test_what_is_on_its_way_is_in_flight_and_cannot_be_replayed(admin, endpoint):
    sent = admin.post(f"{ORDERS}/{endpoint['id']}/test").json()
    WebhookDelivery.objects.due().lease("worker")

    refused = admin.post(f"/v1/services/orders/webhook-deliveries/{sent['id']}/replay")

    assert (refused.status_code, refused.json()["code"]) == (409, "invalid_state")
    assert [row["status"] for row in deliveries(admin, endpoint, status="in_flight")] == ["in_flight"]
    assert deliveries(admin, endpoint, status="pending") == []


def test_what_was_answered_is_shown_and_a_replay_has_the_same_id(admin):
    with receiving() as receiver:
        receiver.answers.append((500, {}, b"Oh no"))
        sent = admin.post(f"{ORDERS}/{made(admin, url=receiver.url)['id']}/test").json()
        address = f"/v1/services/orders/webhook-deliveries/{sent['id']}"
        for _ in range(2):
            deliver("orders", WebhookDelivery.objects.due().lease("worker")[0])
            replayed = admin.post(f"{address}/replay")
        shown = admin.get(address).json()

    assert (replayed.status_code, replayed.json()["status"]) == (200, "pending")
    assert [(one["status_code"], one["response_excerpt"]) for one in shown["attempts"]] == [(500, "Oh no"), (204, "")]
    assert {message.id for message in receiver.got} == {sent["event_id"]}
    assert shown["next_attempt_at"] <= timezone.now().isoformat()


def test_a_disabled_endpoint_is_enabled_before_it_is_tested(admin, endpoint):
    address = f"{ORDERS}/{endpoint['id']}"
    WebhookEndpoint.objects.update(status="disabled")

    refused = admin.post(f"{address}/test")
    enabled = admin.post(f"{address}/enable")

    assert (refused.status_code, refused.json()["allowed_actions"]) == (409, ["enable"])
    assert (enabled.status_code, enabled.json()["status"]) == (200, "active")
    assert admin.post(f"{address}/test").status_code == 202


def test_only_whoever_may_keep_endpoints_sees_them(api, admin, endpoint):
    as_person(api, scopes="audit:read users:admin orders:read")

    for path in (ORDERS, f"{ORDERS}/{endpoint['id']}", f"{ORDERS}/{endpoint['id']}/deliveries"):
        assert api.get(path).status_code == 403
