"""Asking to pay an order: whatever payments answers, the attempt is kept, and it is one however often asked."""

import pytest

from apps.orders.models import IdempotencyRecord, PaymentAttempt

pytestmark = pytest.mark.django_db


@pytest.fixture
def pay(customer):
    """Asks to pay an order, each time anew."""
    return lambda order, by=customer, **how: by.command(f"/v1/orders/{order['id']}/pay", **how)


def attempt():
    return PaymentAttempt.objects.get()


def test_a_customer_gets_a_payment_and_the_token_that_pays_it(pay, order, payments):
    answer = pay(order)

    payment, opened = answer.json()["payment"], payments.of(order["id"])
    assert (answer.status_code, payment["id"], payment["amount"], payment["currency"]) == (
        201,
        opened["id"],
        2000,
        "GBP",
    )
    assert payment["payer_token"] == f"token-of-{payment['id']}"
    assert answer["Location"].endswith(f"/v1/payments/{payment['id']}")
    assert answer.json()["order"] == order


def test_payments_is_told_whose_order_it_is_and_what_it_costs(pay, order, payments):
    pay(order)

    _, _, key, asked = payments.asked[0]
    assert key == f"{order['id']}:att:1"
    assert asked == {
        "order_id": order["id"],
        "attempt": 1,
        "amount": 2000,
        "currency": "GBP",
        "customer_id": order["customer_id"],
        "provider": "sandbox",
    }


def test_whoever_asks_again_gets_the_same_payment(pay, order):
    first, second = pay(order), pay(order)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["payment"] == second.json()["payment"]


def test_asking_twice_with_one_key_asks_payments_once(pay, order, payments):
    first, second = (pay(order, key="one") for _ in range(2))

    assert (first.json(), first["Location"]) == (second.json(), second["Location"])
    assert len(payments.asked) == 1


def test_paying_needs_a_key(customer, order):
    answer = customer.post(f"/v1/orders/{order['id']}/pay", {})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


@pytest.mark.parametrize("body", [{"provider": "barter"}, {"amount": 1}, []])
def test_a_customer_chooses_the_provider_and_nothing_else(customer, order, body):
    assert customer.command(f"/v1/orders/{order['id']}/pay", body or [1]).status_code == 400
    assert not PaymentAttempt.objects.exists()


@pytest.mark.parametrize(
    "trouble", ["down", "slow", "crashes", (503, "down"), (401, "token_expired"), (429, "rate_limited")]
)
def test_an_order_can_be_paid_later_when_payments_does_not_answer(pay, order, payments, work, later, trouble):
    payments.trouble = trouble
    answer = pay(order)
    payments.trouble = None

    with later(minutes=2):
        work()

    assert (answer.status_code, answer.json()["payment"]) == (202, None)
    assert (attempt().status, attempt().payment_id) == ("open", payments.of(order["id"])["id"])
    assert set(payments.keys("/v1/payments")) == {f"{order['id']}:att:1"}


def test_a_worker_leaves_alone_what_a_request_is_about_to_finish(pay, order, payments, work):
    held = PaymentAttempt.held_by_request()
    PaymentAttempt.objects.create(order_id=order["id"], number=1, key="k", amount=2000, currency="GBP", **held)

    work()

    assert payments.asked == []


def test_an_attempt_whose_request_died_is_finished_by_a_worker(order, payments, work, later):
    held = PaymentAttempt.held_by_request()
    PaymentAttempt.objects.create(order_id=order["id"], number=1, key="k", amount=2000, currency="GBP", **held)

    with later(minutes=2):
        work()

    assert (attempt().status, payments.keys("/v1/payments")) == ("open", ["k"])


def test_while_payments_is_down_the_worker_asks_ever_more_rarely(pay, order, payments, work, later):
    payments.trouble = "down"
    pay(order)

    for minute in range(1, 11):
        with later(minutes=minute):
            work()

    assert 3 < attempt().failures <= 11
    assert attempt().status == "opening"


def test_payments_is_back_and_the_customer_asks_again(pay, order, payments):
    payments.trouble = "down"
    pay(order)
    payments.trouble = None

    answer = pay(order)

    assert (answer.status_code, answer.json()["payment"]["id"]) == (200, payments.of(order["id"])["id"])


@pytest.mark.parametrize("trouble", [(409, "payment_mismatch"), (422, "unknown_provider"), (400, "invalid_request")])
def test_what_payments_refuses_is_given_up_and_tried_anew(pay, order, payments, trouble):
    payments.trouble = trouble
    refused = pay(order)
    payments.trouble = None

    anew = pay(order)

    assert (refused.status_code, refused.json()["code"]) == (409, "order_not_payable")
    assert (anew.status_code, payments.keys("/v1/payments")[-1]) == (201, f"{order['id']}:att:2")
    assert list(PaymentAttempt.objects.order_by("number").values_list("status", flat=True)) == ["abandoned", "open"]


def test_an_attempt_that_payments_refuses_to_the_worker_is_given_up(pay, order, payments, work, later):
    payments.trouble = "down"
    pay(order)
    payments.trouble = (409, "payment_mismatch")

    with later(minutes=2):
        work()

    assert attempt().status == "abandoned"


def test_what_is_paid_is_not_paid_again(pay, paid_order):
    answer = pay(paid_order)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "order_not_payable")
    assert (problem["current_status"], problem["allowed_actions"]) == ("confirmed", ["cancel", "refund"])


def test_what_costs_nothing_is_not_paid(pay, placed, stocked, payments):
    answer = pay(placed((stocked(price=0), 1)))

    assert (answer.status_code, payments.asked) == (409, [])


def test_what_is_cancelled_is_not_paid(pay, customer, order, payments):
    customer.post(f"/v1/orders/{order['id']}/cancel", {})

    answer = pay(order)

    assert (answer.status_code, payments.asked) == (409, [])


def test_a_payment_that_ended_makes_room_for_another(pay, order, payments, tell):
    for number, status in enumerate(("failed", "cancelled"), 1):
        pay(order)
        tell(payments.ended(order["id"], status, attempt=number))

    answer = pay(order)

    assert (answer.status_code, payments.keys("/v1/payments")[-1]) == (201, f"{order['id']}:att:3")


def test_a_payment_that_ended_before_its_answer_came_makes_room_too(pay, order, payments, tell, work, later):
    payments.trouble = "slow"
    pay(order)
    payments.trouble = None
    tell(payments.ended(order["id"], "failed"))

    with later(minutes=2):
        work()

    assert pay(order).status_code == 201
    assert payments.keys("/v1/payments") == [f"{order['id']}:att:{number}" for number in (1, 2)]


def test_the_payers_token_is_at_rest_nowhere(pay, order):
    token = pay(order).json()["payment"]["payer_token"]

    assert token not in repr([*IdempotencyRecord.objects.values(), *PaymentAttempt.objects.values()])
