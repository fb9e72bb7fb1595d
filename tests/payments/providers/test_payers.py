"""What whoever pays does at the provider, payments hears by webhook, whatever it is."""

import pytest

pytestmark = pytest.mark.django_db


def test_a_payment_that_is_paid_succeeds(provider, opened, deliver, standing, announced, ledger):
    payment_id = opened()
    provider.pay_with(payment_id, "ok")

    deliver()

    assert standing(payment_id) == ("succeeded", 100, 0, 100)
    assert announced(payment_id) == ["payment.succeeded"]
    assert (provider.charges(payment_id), ledger(payment_id)) == ([100], 100)


def test_a_decline_leaves_it_open_for_another_try(provider, opened, deliver, customer, standing, announced):
    payment_id = opened()
    provider.pay_with(payment_id, "declined")
    deliver()
    declined = customer.get(f"/v1/payments/{payment_id}").json()

    provider.pay_with(payment_id, "ok")
    deliver()

    assert (declined["status"], declined["last_error"]["code"]) == ("requires_payment_method", "card_declined")
    assert standing(payment_id)[:2] == ("succeeded", 100)
    assert announced(payment_id) == ["payment.declined", "payment.succeeded"]


def test_three_d_secure_asks_for_more_and_then_succeeds(provider, opened, deliver, customer, standing, announced):
    payment_id = opened()
    provider.pay_with(payment_id, "3ds")
    deliver()
    waiting = customer.get(f"/v1/payments/{payment_id}").json()

    provider.authenticate(payment_id, is_authenticated=True)
    deliver()

    assert waiting["status"] == "requires_action"
    assert waiting["next_action"]["type"]
    assert standing(payment_id)[:2] == ("succeeded", 100)
    assert announced(payment_id) == ["payment.requires_action", "payment.succeeded"]


def test_three_d_secure_that_fails_is_a_decline(provider, opened, deliver, customer, announced):
    payment_id = opened()
    provider.pay_with(payment_id, "3ds")
    deliver()

    provider.authenticate(payment_id, is_authenticated=False)
    deliver()

    shown = customer.get(f"/v1/payments/{payment_id}").json()
    assert (shown["status"], shown["next_action"]) == ("requires_payment_method", None)
    assert shown["last_error"]["code"]
    assert announced(payment_id) == ["payment.requires_action", "payment.declined"]


@pytest.mark.parametrize(
    ("method", "status", "fact"),
    [
        ("processing_ok", "succeeded", "payment.succeeded"),
        ("processing_fail", "requires_payment_method", "payment.declined"),
    ],
)
def test_what_is_processed_for_days_ends_at_last(provider, opened, deliver, standing, announced, method, status, fact):
    payment_id = opened()
    provider.pay_with(payment_id, method)
    deliver()
    waiting = standing(payment_id)

    provider.let_days_pass()
    deliver()

    assert waiting[:2] == ("processing", 0)
    assert standing(payment_id)[0] == status
    assert announced(payment_id) == ["payment.processing", fact]


def test_a_cancelled_payment_takes_no_money(provider, opened, orders, deliver, standing, announced):
    payment_id = opened()

    answer = orders.post(f"/v1/payments/{payment_id}/cancel")
    deliver()

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert standing(payment_id)[:2] == ("cancelled", 0)
    assert announced(payment_id) == ["payment.cancelled"]


def test_a_cancel_that_comes_too_late_tells_the_truth(provider, opened, orders, deliver, standing, announced):
    payment_id = opened()
    provider.pay_with(payment_id, "ok")

    answer = orders.post(f"/v1/payments/{payment_id}/cancel")
    deliver()

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert standing(payment_id)[:2] == ("succeeded", 100)
    assert announced(payment_id) == ["payment.succeeded"]
