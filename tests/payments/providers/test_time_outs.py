"""An answer that does not come says nothing of what was done: it is asked for again, and done once."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.payments.models import Payment, Refund
from apps.payments.services import resume_payments, resume_refunds

pytestmark = pytest.mark.django_db


@pytest.fixture
def after():
    """Lets workers work, so much later."""

    def worked(**time):
        with time_machine.travel(timezone.now() + timedelta(**time), tick=False):
            resume_payments("worker")
            resume_refunds("worker")

    return worked


@pytest.mark.parametrize("is_done", [True, False])
def test_a_payment_whose_opening_timed_out_is_opened_once(provider, opened, after, orders, is_done):
    provider.time_out("create", is_done=is_done)
    payment_id = opened()
    doubted = orders.get(f"/v1/payments/{payment_id}").json()

    after(minutes=2)
    provider.pay_with(payment_id, "ok")
    known = orders.post(f"/v1/payments/{payment_id}/sync").json()

    assert (doubted["status"], doubted["outcome_unknown"]) == ("created", True)
    assert (known["status"], known["outcome_unknown"]) == ("succeeded", False)
    assert provider.charges(payment_id) == [100]


@pytest.mark.parametrize("is_done", [True, False])
def test_after_a_day_a_payment_is_looked_for_before_it_is_opened_anew(provider, opened, after, is_done):
    provider.time_out("create", is_done=is_done)
    payment_id = opened()

    after(hours=25)

    payment = Payment.objects.get(pk=payment_id)
    assert payment.status == "requires_payment_method"
    assert payment.create_key == f"{payment_id}:create:{1 if is_done else 2}"


@pytest.mark.parametrize("is_done", [True, False])
def test_a_refund_that_timed_out_gives_money_back_once(provider, paid, orders, after, ledger, is_done):
    payment_id = paid()
    provider.time_out("refund", is_done=is_done)

    answer = orders.post(f"/v1/payments/{payment_id}/refunds", REFUND)
    after(minutes=2)

    refund = Refund.objects.get()
    assert (answer.status_code, answer.json()["status"]) == (201, "submitted")
    assert (refund.status, refund.outcome_unknown) == ("succeeded", False)
    assert (provider.given_back(payment_id), ledger(payment_id)) == (60, 40)


@pytest.mark.parametrize("is_done", [True, False])
def test_after_a_day_a_refund_is_looked_for_before_it_is_made_anew(provider, paid, orders, after, is_done):
    payment_id = paid()
    provider.time_out("refund", is_done=is_done)
    orders.post(f"/v1/payments/{payment_id}/refunds", REFUND)

    after(hours=25)

    refund = Refund.objects.get()
    assert (refund.status, provider.given_back(payment_id)) == ("succeeded", 60)
    assert refund.create_key == f"{refund.id}:create:{1 if is_done else 2}"


REFUND = {"refund_request_id": "rrq_1", "amount": 60, "reason": "other"}
