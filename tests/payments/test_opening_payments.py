"""Opening a payment: who may, what comes of it, and that one attempt is one payment."""

import pytest

from apps.payments.models import Payment, SandboxIntent
from chassis.identifiers import new_id

pytestmark = pytest.mark.django_db


def test_orders_opens_a_payment(orders, wanted):
    answer = orders.post("/v1/payments", wanted)

    payment = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"/v1/payments/{payment['id']}")
    assert payment["status"] == "requires_payment_method"
    assert {name: payment[name] for name in wanted} == wanted
    assert (payment["amount_captured"], payment["amount_refunded"], payment["amount_refundable"]) == (0, 0, 0)
    assert payment["payer_token"]


def test_the_provider_knows_of_an_opened_payment(open_payment):
    payment_id = open_payment(amount=250)

    intent = SandboxIntent.objects.get(idempotency_key=f"{payment_id}:create:1")
    assert (intent.amount, intent.status) == (250, "requires_payment_method")


def test_the_same_attempt_of_an_order_is_the_same_payment(orders, wanted):
    first = orders.post("/v1/payments", wanted)

    again = orders.post("/v1/payments", wanted)

    assert again.status_code == 200
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["payer_token"]
    assert SandboxIntent.objects.count() == 1


@pytest.mark.parametrize(
    "change", [{"amount": 101}, {"currency": "USD"}, {"customer_id": None}, {"customer_id": new_id("usr")}]
)
def test_the_same_attempt_cannot_be_another_payment(orders, wanted, change):
    orders.post("/v1/payments", wanted)

    answer = orders.post("/v1/payments", {**wanted, **change})

    assert (answer.status_code, answer.json()["code"]) == (422, "payment_mismatch")
    assert Payment.objects.get().amount == wanted["amount"]


def test_the_next_attempt_of_an_order_is_another_payment(orders, wanted):
    first = orders.post("/v1/payments", wanted).json()

    second = orders.post("/v1/payments", {**wanted, "attempt": 2, "amount": 90})

    assert second.status_code == 201
    assert second.json()["id"] != first["id"]


def test_a_guest_pays_without_a_customer(orders, wanted):
    del wanted["customer_id"]

    answer = orders.post("/v1/payments", wanted)

    assert (answer.status_code, answer.json()["customer_id"]) == (201, None)


def test_finance_opens_payments_too(finance, wanted):
    answer = finance.post("/v1/payments", wanted)

    assert answer.status_code == 201


@pytest.mark.parametrize("who", ["customer", "support", "users"])
def test_nobody_else_opens_payments(request, wanted, who):
    answer = request.getfixturevalue(who).post("/v1/payments", wanted)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert not Payment.objects.exists()


def test_without_a_token_nothing_is_opened(api, wanted):
    answer = api.post("/v1/payments", wanted)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_provider_that_is_not_here_is_refused(orders, wanted):
    answer = orders.post("/v1/payments", {**wanted, "provider": "piggybank"})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_provider")
    assert answer.json()["providers"] == ["sandbox"]
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *[("amount", value) for value in (0, -1, "100", 100.0, True, 10**12 + 1)],
        *[("currency", value) for value in ("eur", "EURO", 978)],
        *[("order_id", value) for value in ("", "17", 17)],
        *[("attempt", value) for value in (0, "1")],
        ("customer_id", "somebody"),
        ("card_number", "4242424242424242"),
    ],
)
def test_a_malformed_payment_is_refused_where_it_is_wrong(orders, wanted, member, value):
    answer = orders.post("/v1/payments", {**wanted, member: value})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{member}"]


def test_a_provider_that_is_down_does_not_stop_the_opening(orders, wanted, provider):
    provider.is_down()

    answer = orders.post("/v1/payments", {**wanted, "provider": "scripted"})

    assert (answer.status_code, answer.json()["status"]) == (201, "created")
    assert answer.json()["outcome_unknown"] is False


def test_a_provider_that_may_have_done_it_leaves_the_outcome_unknown(orders, wanted, provider):
    provider.is_down(outcome_unknown=True)

    answer = orders.post("/v1/payments", {**wanted, "provider": "scripted"})

    assert (answer.json()["status"], answer.json()["outcome_unknown"]) == ("created", True)


@pytest.mark.django_db(transaction=True)
def test_the_same_attempt_asked_for_at_once_is_one_payment(orders, wanted, at_once):
    answers = at_once(*[lambda: orders.post("/v1/payments", wanted)] * 4)

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert SandboxIntent.objects.count() == 1
