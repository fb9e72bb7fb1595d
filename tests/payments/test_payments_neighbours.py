"""What payments shows the other services: its keys, whether it is ready, where it hears of them."""

import json

import pytest

from apps.payments.models import InboxEvent
from chassis.callers import Caller
from chassis.tokens import issuer_of

pytestmark = pytest.mark.django_db
PATH = "/internal/payments/v1/announcements"


@pytest.fixture
def envelope():
    about = {"type": "order.cancelled", "subject": "ord_1", "sequence": "1", "data": {"order_id": "ord_1"}}
    return {"specversion": "1.0", "id": "evt_1", "source": issuer_of("orders"), **about}


def announce(client, envelope):
    return client.post(PATH, json.dumps(envelope), content_type="application/cloudevents+json")


def test_an_announcement_is_kept_once(api, envelope):
    scopes = frozenset({"announcements:write"})
    api.force_authenticate(user=Caller(id="service:orders", kind="service", scopes=scopes))

    answers = [announce(api, envelope) for _ in "12"]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert InboxEvent.objects.get().data == {"order_id": "ord_1"}


def test_people_announce_nothing(finance, envelope):
    answer = announce(finance, envelope)

    assert answer.status_code == 403


def test_payments_is_ready_and_shows_its_public_keys(api):
    ready, key_set = api.get("/services/payments/readyz"), api.get("/services/payments/jwks.json")

    assert (ready.status_code, key_set.status_code) == (200, 200)
    assert all(set(key) == {"kty", "n", "e", "kid", "use", "alg"} for key in key_set.json()["keys"])


def test_payments_describes_its_api(api):
    document = api.get("/openapi/payments/v1.json").json()

    assert {"/v1/payments", "/v1/refunds/{refund_id}", "/v1/sandbox/payments/{payment_id}/confirm"} <= set(
        document["paths"]
    )
    assert "/internal/payments/v1/announcements" not in document["paths"]
