"""What providers tell: kept once, worked off, and there for staff to see and to replay."""

import pytest
from django.utils import timezone

from apps.payments.models import AuditEvent, Payment, ProviderEvent, SandboxWebhook
from apps.payments.providers import ProviderNews, RefundOutcome
from apps.payments.providers.sandbox import signed
from apps.payments.services import handle_provider_events, receive_webhook

pytestmark = pytest.mark.django_db
URL = "/v1/webhooks/sandbox"


@pytest.fixture
def event(open_payment, pay, api):
    """An event that has come and was not handled yet."""
    pay(open_payment(), "sbx_webhook_twice")
    post(api, SandboxWebhook.objects.all()[0])
    return ProviderEvent.objects.get()


@pytest.fixture
def broken(provider, scripted_payment):
    """An event of a payment whose provider answers as the test says."""
    return ProviderEvent.objects.create(provider="scripted", event_id="evt_1", type="paid", reference="scr_1")


def post(client, webhook, **changes):
    headers, body = signed(webhook)
    headers.pop("Content-Type")
    return client.generic("POST", URL, body, content_type="application/json", headers={**headers, **changes})


def handle_again(times=1):
    for _ in range(times):
        ProviderEvent.objects.update(due_at=timezone.now())
        handle_provider_events("worker")


def test_a_webhook_needs_nobody_signed_in_and_answers_nothing(open_payment, pay, api):
    pay(open_payment())

    answer = post(api, SandboxWebhook.objects.get())

    assert (answer.status_code, answer.content) == (200, b"")
    assert ProviderEvent.objects.get().status == "received"


def test_a_webhook_that_comes_again_after_it_was_handled_is_taken_and_changes_nothing(event, api):
    handle_provider_events("worker")

    answer = post(api, SandboxWebhook.objects.all()[0])

    assert (answer.status_code, ProviderEvent.objects.get().status) == (200, "processed")
    assert handle_provider_events("worker") == 0


def test_a_body_over_half_a_megabyte_is_refused(api):
    answer = api.generic("POST", URL, b" " * (512 * 1024 + 1), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_a_signature_that_is_garbage_is_refused(open_payment, pay, api):
    pay(open_payment())

    for garbage in ("", "v1", "v1,ü", "v2,AAAA", "v1,AAAA"):
        answer = post(api, SandboxWebhook.objects.get(), **{"webhook-signature": garbage})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")


def test_no_provider_that_is_not_enabled_is_heard(api):
    assert api.post("/v1/webhooks/stripe", {}).status_code == 404
    assert api.post("/v1/webhooks/barter", {}).status_code == 404


def test_webhooks_are_not_slowed_down(open_payment, pay, api):
    pay(open_payment())

    assert "RateLimit" not in post(api, SandboxWebhook.objects.get())


def test_an_event_about_nothing_of_ours_is_kept_and_ignored(provider):
    provider.news = ProviderNews("evt_9", "customer.created", "")

    receive_webhook(name="scripted", headers={}, body=b"{}")

    assert ProviderEvent.objects.get().status == "ignored"
    assert handle_provider_events("worker") == 0


def test_a_provider_that_is_down_is_asked_until_it_answers(provider, broken):
    provider.is_down()
    handle_again(times=15)
    waiting = ProviderEvent.objects.get().status

    provider.says(status="succeeded", amount_captured=100, tries=1)
    provider.outcome = RefundOutcome("scr_r1", "succeeded")
    handle_again()

    assert (waiting, ProviderEvent.objects.get().status) == ("received", "processed")
    assert Payment.objects.get().status == "succeeded"


def test_an_event_that_fails_ten_times_waits_for_a_person_and_is_replayed(provider, broken, finance):
    provider.intent = ZeroDivisionError("a bug of ours")
    handle_again(times=10)
    dead = finance.get("/v1/provider-events?status=dead").json()["data"]

    provider.says(status="succeeded", amount_captured=100, tries=1)
    answer = finance.post(f"/v1/provider-events/{broken.id}/replay")
    handle_again()

    assert [(one["id"], one["failures"]) for one in dead] == [(broken.id, 10)]
    assert "a bug of ours" in dead[0]["last_failure"]
    assert (answer.status_code, answer.json()["status"], answer.json()["failures"]) == (200, "received", 0)
    assert ProviderEvent.objects.get().status == "processed"
    assert AuditEvent.objects.get(action="provider_event.replayed").subject == broken.id


def test_an_event_that_was_handled_can_be_replayed_and_changes_nothing(event, finance):
    handle_again()
    version = Payment.objects.get().version

    finance.post(f"/v1/provider-events/{event.id}/replay")
    handle_again()

    assert (ProviderEvent.objects.get().status, Payment.objects.get().version) == ("processed", version)


def test_staff_see_what_came_and_nothing_more(event, finance):
    shown = finance.get("/v1/provider-events?provider=sandbox").json()["data"]

    members = {"id", "provider", "event_id", "type", "reference", "status", "failures", "last_failure"}
    assert [set(one) for one in shown] == [{*members, "created_at", "done_at"}]
    assert (shown[0]["type"], shown[0]["reference"]) == ("intent.succeeded", event.reference)


@pytest.mark.parametrize(("who", "status"), [("customer", 403), ("support", 403), ("orders", 403), ("api", 401)])
def test_events_are_for_finance(request, event, who, status):
    client = request.getfixturevalue(who)

    assert client.get("/v1/provider-events").status_code == status
    assert client.post(f"/v1/provider-events/{event.id}/replay").status_code == status


def test_an_event_that_is_not_there_is_not_replayed(finance):
    assert finance.post("/v1/provider-events/pev_00000000000000000000000000/replay").status_code == 404
