"""Money that goes back: at once, after days, not after all, or by somebody else's hand."""

import pytest

from apps.payments.models import LedgerEntry, OutboxEvent, Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def refund(orders):
    """Has orders ask for a refund."""

    def asked(payment_id, amount, request_id="rrq_1"):
        body = {"amount": amount, "refund_request_id": request_id, "reason": "requested_by_customer"}
        return orders.post(f"/v1/payments/{payment_id}/refunds", body)

    return asked


def test_a_refund_gives_money_back(provider, paid, refund, standing, ledger):
    payment_id = paid()

    answer = refund(payment_id, 60)

    assert (answer.status_code, answer.json()["status"]) == (201, "succeeded")
    assert standing(payment_id) == ("succeeded", 100, 60, 40)
    assert (provider.given_back(payment_id), ledger(payment_id)) == (60, 40)


def test_three_refunds_of_a_third_give_back_all_of_it(provider, paid, refund, standing):
    payment_id = paid()

    for number, amount in enumerate((33, 33, 34)):
        refund(payment_id, amount, f"rrq_{number}")

    assert standing(payment_id) == ("succeeded", 100, 100, 0)
    assert provider.given_back(payment_id) == 100


def test_a_refund_may_take_days(provider, paid, refund, deliver, standing, announced, ledger):
    payment_id = paid("refund_pending")
    answer = refund(payment_id, 60)
    deliver()
    waiting = standing(payment_id), ledger(payment_id)

    provider.let_days_pass()
    deliver()

    assert answer.json()["status"] == "pending"
    assert waiting == (("succeeded", 100, 0, 40), 100)
    assert (standing(payment_id), ledger(payment_id)) == (("succeeded", 100, 60, 40), 40)
    assert announced(payment_id) == ["payment.succeeded", "refund.pending", "refund.succeeded"]


def test_a_refund_that_fails_later_is_undone(provider, paid, refund, deliver, standing, announced, ledger):
    payment_id = paid("refund_fails_later")
    refund(payment_id, 60)
    given = ledger(payment_id)

    provider.let_days_pass()
    deliver(times=2)

    assert (given, ledger(payment_id)) == (40, 100)
    assert (standing(payment_id), provider.given_back(payment_id)) == (("succeeded", 100, 0, 100), 0)
    assert (Refund.objects.get().status, bool(Refund.objects.get().failure_reason)) == ("failed", True)
    assert announced(payment_id) == ["payment.succeeded", "refund.succeeded", "refund.failed"]
    assert LedgerEntry.objects.filter(kind="refund_reversal").count() == 2


def test_what_failed_later_can_be_given_back_anew(provider, paid, refund, deliver, standing):
    payment_id = paid("refund_fails_later")
    refund(payment_id, 60)
    provider.let_days_pass()
    deliver()

    answer = refund(payment_id, 100, "rrq_2")

    assert answer.status_code == 201
    assert standing(payment_id) == ("succeeded", 100, 100, 0)


def test_a_refund_made_outside_counts(provider, paid, refund, deliver, standing, announced, ledger):
    payment_id = paid()

    provider.refund_outside(payment_id, 70)
    deliver(times=2)

    assert standing(payment_id) == ("succeeded", 100, 70, 30)
    assert refund(payment_id, 31).json()["code"] == "refund_exceeds_captured"
    assert ledger(payment_id) == 30
    assert announced(payment_id) == ["payment.succeeded", "refund.external"]
    fact = OutboxEvent.objects.get(type="refund.external").data
    assert (fact["source"], fact["refund_amount"], fact["amount_refunded"]) == ("external", 70, 70)


def test_a_refund_made_outside_is_found_when_the_webhook_is_lost(provider, paid, orders, standing):
    payment_id = paid()
    provider.refund_outside(payment_id, 70)
    provider.take_webhooks()

    orders.post(f"/v1/payments/{payment_id}/sync")

    assert standing(payment_id) == ("succeeded", 100, 70, 30)
    assert Refund.objects.get().source == "external"


def test_what_was_given_back_outside_meanwhile_is_not_given_back_twice(provider, paid, refund, orders, standing):
    payment_id = paid()
    provider.refund_outside(payment_id, 70)

    answer = refund(payment_id, 60)
    orders.post(f"/v1/payments/{payment_id}/sync")

    assert answer.json()["status"] == "failed"
    assert standing(payment_id) == ("succeeded", 100, 70, 30)
    assert provider.given_back(payment_id) == 70


@pytest.mark.django_db(transaction=True)
def test_of_two_refunds_of_sixty_at_once_one_is_refused(provider, paid, refund, at_once):
    payment_id = paid()

    answers = at_once(lambda: refund(payment_id, 60, "rrq_1"), lambda: refund(payment_id, 60, "rrq_2"))

    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert provider.given_back(payment_id) == 60
