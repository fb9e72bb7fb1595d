"""Payments that are promised first and taken when goods leave, and payers who are still busy."""

import pytest

from apps.orders.models import PaymentAttempt, RefundRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(customer, order):
    customer.command(f"/v1/orders/{order['id']}/pay")
    return order


@pytest.fixture
def authorized(opened, payments, tell):
    tell(payments.authorized(opened["id"]))
    return opened


@pytest.fixture
def ship(staff):
    """Ships so many units of the order's line, and says what was answered."""

    def shipped(order, quantity):
        path, by = f"/v1/orders/{order['id']}/fulfillments", staff("fulfilment")
        lines = [{"line_id": order["lines"][0]["id"], "quantity": quantity}]
        made = by.command(path, {"lines": lines})
        return by.command(f"{path}/{made.json()['id']}/ship") if made.status_code == 201 else made

    return shipped


def captures(payments):
    return [body["amount"] for _, path, _, body in payments.asked if path.endswith("/capture")]


def test_a_promise_confirms_the_order(authorized, payments, tell, shown, announced):
    tell(payments.authorized(authorized["id"]))

    order = shown(authorized)
    assert (order["status"], order["payment_status"], order["amount_paid"]) == ("confirmed", "authorized", 0)
    assert announced(order["id"])[2:] == ["order.confirmed", "payment.authorized"]
    assert PaymentAttempt.objects.get().status == "authorized"


def test_the_first_parcel_has_all_of_the_money_taken_once(authorized, ship, work, payments, tell, shown):
    ship(authorized, 1)
    work()
    ship(authorized, 1)
    work()
    tell(payments.succeeded(authorized["id"]))

    order = shown(authorized)
    assert (captures(payments), set(payments.keys("/capture"))) == ([2000], {f"{authorized['id']}:att:1:capture"})
    assert (order["payment_status"], order["amount_paid"]) == ("paid", 2000)
    assert not RefundRequest.objects.exists()


@pytest.mark.parametrize("trouble", ["down", "slow", "crashes", (429, "rate_limited")])
def test_the_money_is_taken_when_payments_answers_again(authorized, ship, work, payments, later, shown, trouble):
    payments.trouble = trouble
    ship(authorized, 2)
    work()
    payments.trouble = None

    with later(minutes=2):
        work()

    assert shown(authorized)["payment_status"] == "paid"
    assert set(payments.keys("/capture")) == {f"{authorized['id']}:att:1:capture"}


def test_a_promise_that_is_gone_when_goods_leave_is_shown(authorized, ship, work, payments, shown, announced):
    payments.of(authorized["id"])["status"] = "cancelled"
    ship(authorized, 1)
    work()

    assert (shown(authorized)["status"], shown(authorized)["payment_status"]) == ("confirmed", "unpaid")
    assert announced(authorized["id"])[-1] == "order.payment_mismatch"
    assert PaymentAttempt.objects.get().status == "abandoned"


def test_nothing_is_sent_whose_promise_is_gone(authorized, ship, payments, tell, shown):
    tell(payments.ended(authorized["id"], "cancelled"))

    assert ship(authorized, 1).status_code == 409
    assert shown(authorized)["payment_status"] == "unpaid"


def test_cancelling_lets_the_promise_go_and_refunds_nothing(customer, authorized, payments, shown, held, product):
    customer.post(f"/v1/orders/{authorized['id']}/cancel", {})

    order = shown(authorized)
    assert (order["status"], order["payment_status"]) == ("cancelled", "unpaid")
    assert (payments.of(order["id"])["status"], held(product)) == ("cancelled", 0)
    assert not RefundRequest.objects.exists()


def test_a_promise_that_does_not_cover_the_order_is_let_go_of(opened, payments, tell, shown, announced):
    tell(payments.authorized(opened["id"], amount_authorized=1999))

    assert shown(opened)["status"] == "pending_payment"
    assert payments.of(opened["id"])["status"] == "cancelled"
    assert announced(opened["id"])[-1] == "order.payment_mismatch"


def test_a_late_promise_is_let_go_of(customer, opened, payments, tell, shown):
    payments.trouble = "down"
    customer.post(f"/v1/orders/{opened['id']}/cancel", {})
    payments.trouble = None

    tell(payments.authorized(opened["id"]))

    assert shown(opened)["payment_status"] == "unpaid"


def test_more_taken_than_was_promised_goes_back(authorized, payments, tell, shown):
    tell(payments.succeeded(authorized["id"], amount_captured=2100))

    assert [request.amount for request in RefundRequest.objects.all()] == [100]
    assert (shown(authorized)["status"], shown(authorized)["amount_paid"]) == ("confirmed", 2100)


def test_less_taken_than_was_promised_is_shown(authorized, payments, tell, shown):
    tell(payments.succeeded(authorized["id"], amount_captured=500))

    assert (shown(authorized)["status"], shown(authorized)["payment_status"]) == ("confirmed", "partially_paid")


def test_an_order_that_was_delivered_is_complete_once_its_money_has_come(
    authorized, ship, staff, payments, work, shown
):
    payments.trouble = "down"
    made = ship(authorized, 2).json()
    staff("fulfilment").command(f"/v1/orders/{authorized['id']}/fulfillments/{made['id']}/deliver")
    waiting = shown(authorized)
    payments.trouble = None

    work()

    assert (waiting["status"], waiting["payment_status"]) == ("confirmed", "authorized")
    assert (shown(authorized)["status"], shown(authorized)["payment_status"]) == ("completed", "paid")


@pytest.mark.parametrize("status", ["requires_action", "processing"])
def test_how_far_the_payer_is_can_be_seen(opened, payments, tell, shown, status):
    tell(payments.ended(opened["id"], status))
    busy = shown(opened)
    tell(payments.ended(opened["id"], "declined") | {"type": "payment.declined"})

    assert (busy["payment_status"], shown(opened)["payment_status"]) == (status, "unpaid")
    assert busy["version"] > opened["version"]


def test_pay_hands_on_what_the_payer_needs(customer, order, payments):
    payments.wanted = {"client_secret": "pi_secret", "next_action": {"type": "redirect", "url": "https://bank.example"}}

    key = "pay-with-a-secret-in-it"
    first, again = (customer.command(f"/v2/orders/{order['id']}/pay", key=key).json() for _ in range(2))

    assert {name: first["payment"][name] for name in payments.wanted} == payments.wanted
    assert first == again


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_pay_has_nothing_to_hand_on_where_nothing_is_needed(customer, order, version):
    payment = customer.command(f"/{version}/orders/{order['id']}/pay").json()["payment"]

    assert not {"client_secret", "next_action"} & payment.keys()


@pytest.mark.parametrize("code", ["amount_below_minimum", "currency_not_collected"])
def test_what_the_provider_never_collects_is_said_so(customer, order, payments, code):
    payments.trouble = (422, code)

    answer = customer.command(f"/v1/orders/{order['id']}/pay")

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert PaymentAttempt.objects.get().status == "abandoned"
