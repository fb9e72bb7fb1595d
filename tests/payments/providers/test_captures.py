"""Money that is set aside first: taken whole, in part, or let go."""

import pytest

from apps.payments.models import Payment
from apps.payments.services import resume_payments

pytestmark = pytest.mark.django_db


@pytest.fixture
def capture(orders):
    return lambda payment_id, **body: orders.post(f"/v1/payments/{payment_id}/capture", body)


def test_an_authorized_payment_has_taken_nothing_yet(authorized, customer, announced, ledger):
    payment_id = authorized()

    shown = customer.get(f"/v1/payments/{payment_id}").json()
    assert (shown["status"], shown["amount_authorized"], shown["amount_captured"]) == ("authorized", 100, 0)
    assert announced(payment_id) == ["payment.authorized"]
    assert ledger(payment_id) == 0


def test_all_of_it_is_captured_where_nothing_is_said(provider, authorized, capture, announced, ledger):
    payment_id = authorized()

    answer = capture(payment_id)

    assert (answer.status_code, answer.json()["status"], answer.json()["amount_captured"]) == (200, "succeeded", 100)
    assert announced(payment_id) == ["payment.authorized", "payment.succeeded"]
    assert (provider.charges(payment_id), ledger(payment_id)) == ([100], 100)


def test_a_part_of_it_is_captured_and_the_rest_let_go(provider, authorized, capture, standing, ledger):
    payment_id = authorized()

    answer = capture(payment_id, amount=60)

    assert answer.status_code == 200
    assert standing(payment_id) == ("succeeded", 60, 0, 60)
    assert (provider.charges(payment_id), ledger(payment_id)) == ([60], 60)


def test_a_capture_sent_again_is_the_same_one(provider, authorized, capture):
    payment_id = authorized()
    first = capture(payment_id, amount=60)

    again, all_of_it = capture(payment_id, amount=60), capture(payment_id)

    assert (again.status_code, all_of_it.status_code) == (200, 200)
    assert again.json() == first.json()
    assert provider.charges(payment_id) == [60]


def test_what_was_captured_is_not_captured_otherwise(provider, authorized, capture):
    payment_id = authorized()
    capture(payment_id, amount=60)

    answer = capture(payment_id, amount=61)

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")
    assert provider.charges(payment_id) == [60]


def test_no_more_than_was_authorized_is_captured(provider, authorized, capture, standing):
    payment_id = authorized()

    answer = capture(payment_id, amount=101)

    assert (answer.status_code, answer.json()["code"]) == (422, "capture_exceeds_authorized")
    assert (answer.json()["amount_authorized"], standing(payment_id)[0]) == (100, "authorized")


def test_what_is_not_authorized_is_not_captured(opened, capture):
    answer = capture(opened())

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")


def test_what_is_authorized_can_be_let_go(provider, authorized, orders, capture, announced):
    payment_id = authorized()

    answer = orders.post(f"/v1/payments/{payment_id}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert capture(payment_id).status_code == 409
    assert announced(payment_id) == ["payment.authorized", "payment.cancelled"]
    assert provider.charges(payment_id) == []


@pytest.mark.parametrize("is_done", [True, False])
def test_a_capture_that_timed_out_is_finished_by_a_worker(provider, authorized, capture, ledger, is_done):
    payment_id = authorized()
    provider.time_out("capture", is_done=is_done)

    answer = capture(payment_id, amount=60)
    doubted = Payment.objects.get().outcome_unknown
    Payment.objects.update(due_at=Payment.objects.get().created_at)
    resume_payments("worker")

    assert (answer.status_code, answer.json()["outcome_unknown"], doubted) == (503, True, True)
    payment = Payment.objects.get()
    assert (payment.status, payment.amount_captured, payment.outcome_unknown) == ("succeeded", 60, False)
    assert (provider.charges(payment_id), ledger(payment_id)) == ([60], 60)


def test_another_capture_waits_for_the_one_under_way(provider, authorized, capture):
    payment_id = authorized()
    provider.time_out("capture", is_done=False)
    capture(payment_id, amount=60)

    answer = capture(payment_id, amount=70)

    assert (answer.status_code, provider.charges(payment_id)) == (409, [])
