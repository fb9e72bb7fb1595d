"""Webhooks are lost, doubled, reordered and forged; what payments knows is what the provider says when it is asked."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.payments.models import LedgerEntry, Payment, ProviderEvent
from apps.payments.services import resume_payments
from tests.payments.providers.conftest import work

pytestmark = pytest.mark.django_db


def test_a_lost_webhook_is_not_missed(provider, opened, standing, announced):
    payment_id = opened()
    provider.pay_with(payment_id, "ok")
    provider.take_webhooks()

    with time_machine.travel(timezone.now() + timedelta(minutes=4), tick=False):
        resume_payments("worker")

    assert standing(payment_id)[:2] == ("succeeded", 100)
    assert announced(payment_id) == ["payment.succeeded"]


def test_a_doubled_webhook_changes_nothing(provider, opened, deliver, announced, ledger):
    payment_id = opened()
    provider.pay_with(payment_id, "ok")

    deliver(times=3)

    assert announced(payment_id) == ["payment.succeeded"]
    assert ledger(payment_id) == 100


def test_webhooks_in_the_wrong_order_end_in_the_right_state(provider, opened, deliver, standing, announced, ledger):
    payment_id = opened()
    provider.pay_with(payment_id, "processing_ok")
    provider.let_days_pass()

    assert deliver(is_reversed=True) > 1

    assert standing(payment_id)[:2] == ("succeeded", 100)
    assert announced(payment_id)[-1] == "payment.succeeded"
    assert ledger(payment_id) == 100


def test_the_state_that_an_event_tells_of_is_not_believed(provider, opened, deliver, standing):
    payment_id = opened()
    provider.pay_with(payment_id, "declined")
    provider.pay_with(payment_id, "ok")

    deliver()

    assert standing(payment_id)[:2] == ("succeeded", 100)


def test_an_event_of_a_payment_not_known_yet_waits_for_it(provider, opened, post_webhook, standing):
    payment_id = opened()
    reference = Payment.objects.get().provider_reference
    provider.pay_with(payment_id, "ok")
    Payment.objects.update(provider_reference="")
    for webhook in provider.take_webhooks():
        post_webhook(*webhook)
    work()
    too_early = set(ProviderEvent.objects.values_list("status", flat=True))

    Payment.objects.update(provider_reference=reference)
    ProviderEvent.objects.update(due_at=timezone.now())
    work()

    assert "received" in too_early
    assert standing(payment_id)[:2] == ("succeeded", 100)
    assert "received" not in ProviderEvent.objects.values_list("status", flat=True)


def test_nothing_of_an_event_is_kept_but_its_name_and_what_it_is_about(provider, opened, deliver):
    payment_id = opened()
    provider.pay_with(payment_id, "ok")

    deliver()

    kept = ProviderEvent.objects.exclude(reference="")[0]
    assert (kept.provider, kept.reference) == (provider.name, Payment.objects.get(pk=payment_id).provider_reference)
    assert not [field.name for field in kept._meta.fields if field.get_internal_type() == "JSONField"]


def test_a_changed_body_is_refused(provider, opened, post_webhook):
    provider.pay_with(opened(), "ok")
    headers, body = provider.take_webhooks()[0]

    answer = post_webhook(headers, body.replace(b"{", b"{ ", 1))

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
    assert not ProviderEvent.objects.exists()


def test_a_webhook_that_is_not_signed_is_refused(provider, post_webhook):
    answer = post_webhook({}, b'{"id": "evt_1", "type": "payment_intent.succeeded"}')

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")


def test_an_old_webhook_is_refused(provider, opened, post_webhook):
    provider.pay_with(opened(), "ok")
    headers, body = provider.take_webhooks()[0]

    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
        answer = post_webhook(headers, body)

    assert answer.status_code == 400


@pytest.mark.django_db(transaction=True)
def test_one_webhook_twenty_times_at_once_is_one_success(provider, opened, post_webhook, at_once, announced):
    payment_id = opened()
    provider.pay_with(payment_id, "ok")
    webhook = next(one for one in provider.take_webhooks() if b"succeeded" in one[1])

    answers = at_once(*[lambda: post_webhook(*webhook)] * 20)
    at_once(*[work] * 4)

    assert [answer.status_code for answer in answers] == [200] * 20
    assert ProviderEvent.objects.count() == 1
    assert announced(payment_id) == ["payment.succeeded"]
    assert LedgerEntry.objects.filter(kind="capture").count() == 2
