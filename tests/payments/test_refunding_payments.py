"""Giving money back: never more than came in, and each request once."""

import pytest

from apps.payments.models import OutboxEvent, Payment, Refund, SandboxIntent
from apps.payments.providers import Decline, RefundOutcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def refund(orders):
    """Has orders ask for a refund."""

    def asked(payment_id, amount, request_id="rrq_1", **members):
        body = {"amount": amount, "refund_request_id": request_id, "reason": "requested_by_customer", **members}
        return orders.post(f"/v1/payments/{payment_id}/refunds", body)

    return asked


@pytest.fixture
def scripted_paid(provider, scripted_payment, orders):
    """A payment that succeeded at the provider that does what the test says."""
    provider.says(status="succeeded", amount_captured=100, tries=1)
    orders.post(f"/v1/payments/{scripted_payment}/sync")
    return scripted_payment


def test_a_refund_gives_money_back(orders, paid_payment, refund):
    answer = refund(paid_payment, 30)

    shown, payment = answer.json(), orders.get(f"/v1/payments/{paid_payment}").json()
    assert (answer.status_code, shown["status"], shown["amount"]) == (201, "succeeded", 30)
    assert answer["Location"].endswith(f"/v1/refunds/{shown['id']}")
    assert (shown["payment_id"], shown["order_id"], shown["currency"]) == (paid_payment, payment["order_id"], "EUR")
    assert (payment["status"], payment["amount_refunded"], payment["amount_refundable"]) == ("succeeded", 30, 70)
    assert SandboxIntent.objects.get().refunded == 30


def test_a_refund_is_announced_with_its_request(paid_payment, refund):
    shown = refund(paid_payment, 30).json()

    event = OutboxEvent.objects.get(type="refund.succeeded")
    of_refund = {"refund_id": shown["id"], "refund_request_id": "rrq_1", "refund_amount": 30}
    assert event.stream == paid_payment
    assert {name: event.data[name] for name in of_refund} == of_refund
    assert (event.data["amount_captured"], event.data["amount_refunded"]) == (100, 30)


def test_the_same_request_is_the_same_refund(paid_payment, refund):
    first = refund(paid_payment, 30)

    again = refund(paid_payment, 30)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Payment.objects.get().amount_refunded == 30


@pytest.mark.parametrize("change", [{"amount": 31}, {"reason": "duplicate"}])
def test_the_same_request_cannot_be_another_refund(paid_payment, refund, change):
    refund(paid_payment, 30)

    answer = refund(paid_payment, **{"amount": 30, **change})

    assert (answer.status_code, answer.json()["code"]) == (422, "refund_mismatch")
    assert Payment.objects.get().amount_refunded == 30


def test_the_same_request_cannot_be_of_another_payment(paid_payment, open_payment, pay, refund):
    refund(paid_payment, 30)
    other_id = open_payment()
    pay(other_id)

    answer = refund(other_id, 30)

    assert (answer.status_code, answer.json()["code"]) == (422, "refund_mismatch")


def test_refunds_are_never_more_than_was_captured(paid_payment, refund):
    refund(paid_payment, 60)

    answer = refund(paid_payment, 41, "rrq_2")

    assert (answer.status_code, answer.json()["code"]) == (422, "refund_exceeds_captured")
    assert answer.json()["amount_refundable"] == 40
    assert Refund.objects.count() == 1


def test_a_payment_is_refunded_to_the_last_cent(paid_payment, refund):
    refund(paid_payment, 60)

    answer = refund(paid_payment, 40, "rrq_2")

    assert answer.status_code == 201
    assert Payment.objects.get().amount_refundable == 0


def test_a_payment_that_was_not_paid_is_not_refunded(open_payment, refund):
    answer = refund(open_payment(), 10)

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")
    assert answer.json()["allowed_actions"] == ["confirm", "cancel"]
    assert not Refund.objects.exists()


def test_what_is_under_way_counts_as_refunded(provider, scripted_paid, refund):
    provider.outcome = RefundOutcome(reference="scr_r1", status="pending")

    first, second = refund(scripted_paid, 60), refund(scripted_paid, 60, "rrq_2")

    assert (first.status_code, first.json()["status"]) == (201, "pending")
    assert second.json()["code"] == "refund_exceeds_captured"


def test_a_pending_refund_succeeds_later(provider, scripted_paid, refund, announced):
    provider.outcome = RefundOutcome(reference="scr_r1", status="pending")
    refund(scripted_paid, 60)
    provider.outcome = RefundOutcome(reference="scr_r1", status="succeeded")

    answer = refund(scripted_paid, 60)

    assert answer.json()["status"] == "succeeded"
    assert announced(scripted_paid) == ["payment.succeeded", "refund.pending", "refund.succeeded"]


def test_a_refused_refund_can_be_asked_for_anew(provider, scripted_paid, refund, announced):
    provider.refuses(Decline("charge_disputed", "", "The payer has complained already."))
    failed = refund(scripted_paid, 60).json()
    provider.outcome = RefundOutcome(reference="scr_r2", status="succeeded")

    answer = refund(scripted_paid, 100, "rrq_2")

    assert (failed["status"], failed["failure_reason"]) == ("failed", "charge_disputed")
    assert (answer.status_code, answer.json()["status"]) == (201, "succeeded")
    assert announced(scripted_paid) == ["payment.succeeded", "refund.failed", "refund.succeeded"]


def test_a_provider_that_is_down_leaves_the_refund_to_the_workers(provider, scripted_paid, refund):
    provider.is_down()

    answer = refund(scripted_paid, 60)

    assert (answer.status_code, answer.json()["status"]) == (201, "requested")
    assert Payment.objects.get().amount_refund_pending == 60


@pytest.mark.parametrize("who", ["customer", "support", "users"])
def test_refunds_are_for_orders_and_finance(request, paid_payment, who):
    body = {"amount": 10, "refund_request_id": "rrq_1", "reason": "other"}

    answer = request.getfixturevalue(who).post(f"/v1/payments/{paid_payment}/refunds", body)

    assert answer.status_code == 403
    assert not Refund.objects.exists()


def test_finance_gives_money_back(finance, paid_payment):
    body = {"amount": 10, "refund_request_id": "by hand, 1", "reason": "other"}

    answer = finance.post(f"/v1/payments/{paid_payment}/refunds", body)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("member", "value"), [("amount", 0), ("amount", "10"), ("refund_request_id", ""), ("reason", None), ("iban", "DE")]
)
def test_a_malformed_refund_is_refused_where_it_is_wrong(paid_payment, refund, member, value):
    answer = refund(paid_payment, **{"amount": 10, member: value})

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{member}"]


def test_a_payment_that_is_not_there_is_not_refunded(refund):
    answer = refund("pay_00000000000000000000000000", 10)

    assert answer.status_code == 404


def test_the_refunds_of_a_payment_are_listed(customer, paid_payment, refund):
    ids = [refund(paid_payment, 10, f"rrq_{number}").json()["id"] for number in "123"]

    listed = customer.get(f"/v1/payments/{paid_payment}/refunds?ordering=created_at").json()["data"]

    assert [shown["id"] for shown in listed] == ids


@pytest.mark.django_db(transaction=True)
def test_of_two_refunds_of_sixty_at_once_one_is_refused(paid_payment, refund, at_once):
    answers = at_once(lambda: refund(paid_payment, 60, "rrq_1"), lambda: refund(paid_payment, 60, "rrq_2"))

    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert Payment.objects.get().amount_refunded == 60
    assert SandboxIntent.objects.get().refunded == 60


def test_a_refund_that_nobody_was_asked_for_yet_can_be_cancelled(provider, scripted_paid, refund, finance, announced):
    provider.is_down()
    refund_id = refund(scripted_paid, 60).json()["id"]

    first, again = (finance.post(f"/v1/refunds/{refund_id}/cancel") for _ in "12")

    assert [(answer.status_code, answer.json()["status"]) for answer in (first, again)] == [(200, "cancelled")] * 2
    assert Payment.objects.get().amount_refundable == 100
    assert announced(scripted_paid) == ["payment.succeeded", "refund.failed"]


def test_a_refund_that_is_cancelled_is_not_given_to_the_provider(provider, scripted_paid, refund, finance):
    provider.is_down()
    refund_id = refund(scripted_paid, 60).json()["id"]
    finance.post(f"/v1/refunds/{refund_id}/cancel")
    provider.outcome, provider.asked = RefundOutcome("scr_r1", "succeeded"), []

    refund(scripted_paid, 60)

    assert (Refund.objects.get().status, provider.asked) == ("cancelled", [])


@pytest.mark.parametrize("outcome_unknown", [True, False])
def test_a_refund_that_the_provider_may_have_cannot_be_cancelled(
    provider, scripted_paid, refund, finance, outcome_unknown
):
    provider.is_down(outcome_unknown=True)
    refund_id = refund(scripted_paid, 60).json()["id"]
    provider.is_down(outcome_unknown=outcome_unknown)
    refund(scripted_paid, 60)

    answer = finance.post(f"/v1/refunds/{refund_id}/cancel")

    assert (answer.status_code, answer.json()["current_status"]) == (409, "submitted")


@pytest.mark.parametrize(("who", "status"), [("customer", 403), ("support", 403), ("orders", 403), ("stranger", 403)])
def test_cancelling_refunds_is_for_finance(request, provider, scripted_paid, refund, who, status):
    provider.is_down()
    refund_id = refund(scripted_paid, 60).json()["id"]

    assert request.getfixturevalue(who).post(f"/v1/refunds/{refund_id}/cancel").status_code == status
