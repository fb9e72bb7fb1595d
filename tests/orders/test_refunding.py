"""Giving money back: by the line to the penny, by amount, never more than was paid, and once however often told."""

import pytest

from apps.orders.api import views
from apps.orders.models import OrderLine, RefundRequest, Reservation
from apps.orders.services.refunding import submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def refund(finance):
    """Asks for money back: `refund(order, amount=5)`, or by the line: `refund(order, (line, 2))`."""

    def asked(order, *lines, key="", by=finance, **body):
        if lines:
            body["lines"] = [{"line_id": line["id"], "quantity": quantity} for line, quantity in lines]
        return by.command(f"/v1/orders/{order['id']}/refunds", body, key=key)

    return asked


@pytest.fixture
def settle(payments, tell):
    """Has payments tell how a refund ended."""
    return lambda answer, status="succeeded": tell(payments.refunded(payments.refunds[answer.json()["id"]], status))


@pytest.fixture
def line(paid_order):
    return paid_order["lines"][0]


def test_an_amount_goes_back(refund, settle, paid_order, shown, payments, announced):
    answer = refund(paid_order, amount=500, reason="other")

    request = answer.json()
    assert (answer.status_code, request["status"], request["amount"], request["lines"]) == (201, "pending", 500, [])
    assert request["refund_id"] == payments.refunds[request["id"]]["id"]
    assert payments.keys("/refunds") == [f"{paid_order['id']}:rfr:{request['id']}"]
    assert shown(paid_order)["payment_status"] == "refund_pending"
    settle(answer)
    order = shown(paid_order)
    assert (order["payment_status"], order["amount_refunded"], order["status"]) == (
        "partially_refunded",
        500,
        "confirmed",
    )
    assert announced(order["id"])[-2:] == ["refund_request.created", "refund_request.succeeded"]


def test_all_of_it_goes_back(refund, settle, paid_order, line, shown, held, product):
    answer = refund(paid_order, (line, 2))
    settle(answer)

    order = shown(paid_order)
    assert (answer.json()["amount"], order["payment_status"], order["amount_refunded"]) == (2000, "refunded", 2000)
    assert order["lines"][0]["quantity_refunded"] == 2
    assert held(product) == 0


def test_what_is_refunded_unshipped_is_for_sale_again(refund, paid_order, line, held, product):
    refund(paid_order, (line, 1))

    reservation = Reservation.objects.get()
    assert held(product) == 1
    assert (reservation.quantity_released, reservation.status) == (1, "committed")


@pytest.mark.parametrize(("price", "quantity"), [(333, 3), (1, 7), (999, 12)])
def test_refunds_one_by_one_add_up_to_the_whole_line(refund, placed, paid, stocked, payments, price, quantity):
    order = paid(placed((stocked(20, price=price), quantity)))

    for _ in range(quantity):
        assert refund(order, (order["lines"][0], 1)).status_code == 201

    assert sum(refund["amount"] for refund in payments.refunds.values()) == price * quantity


@pytest.mark.parametrize(
    ("total", "shares"),
    [(1000, [333, 334, 333]), (100, [33, 34, 33]), (1, [0, 1, 0]), (5, [2, 1, 2]), (0, [0, 0]), (9, [5, 4])],
)
def test_what_is_given_back_so_far_is_rounded_and_adds_up_to_the_total(total, shares):
    line = OrderLine(total=total, quantity=len(shares), sku="SKU")

    assert [line.take_back(1) for _ in shares] == shares


def test_a_line_may_stand_twice_in_a_refund(refund, paid_order, line):
    assert refund(paid_order, (line, 1), (line, 1)).json()["amount"] == 2000
    assert refund(paid_order, (line, 1)).json()["code"] == "nothing_to_refund"


def test_three_thirds_of_a_thousand_are_a_thousand(refund, placed, paid, stocked, shown, payments, tell):
    order = paid(placed((stocked(price=1000), 1)))

    answers = [refund(order, amount=amount) for amount in (333, 333, 334)]
    tell(*(payments.refunded(asked) for asked in [*payments.refunds.values()]))

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert sum(asked["amount"] for asked in payments.refunds.values()) == shown(order)["amount_refunded"] == 1000
    assert refund(order, amount=1).json()["code"] == "nothing_to_refund"


def test_more_than_was_paid_does_not_go_back(refund, paid_order, payments):
    answer = refund(paid_order, amount=2001)

    assert (answer.status_code, answer.json()["code"]) == (422, "refund_exceeds_paid")
    assert (answer.json()["refundable"], payments.refunds) == (2000, {})


def test_more_than_was_bought_is_not_refunded(refund, paid_order, line, held, product):
    answer = refund(paid_order, (line, 3))

    assert (answer.status_code, answer.json()["code"]) == (422, "refund_exceeds_paid")
    assert (answer.json()["line_id"], held(product)) == (line["id"], 2)


def test_a_refund_under_way_counts_as_given(refund, paid_order):
    refund(paid_order, amount=1500)

    answer = refund(paid_order, amount=501)

    assert (answer.status_code, answer.json()["refundable"]) == (422, 500)


def test_a_line_is_not_refunded_where_its_money_is_gone(refund, paid_order, line, held, product):
    refund(paid_order, amount=1)

    answer = refund(paid_order, (line, 2))

    assert (answer.status_code, held(product)) == (422, 2)
    assert OrderLine.objects.get().quantity_refunded == 0


def test_nothing_goes_back_of_what_was_not_paid(refund, order):
    answer = refund(order, amount=1)

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_refund")


def test_nothing_goes_back_twice(refund, paid_order):
    refund(paid_order, amount=2000)

    answer = refund(paid_order, amount=1)

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_refund")


def test_nothing_goes_back_for_a_gift(refund, placed, paid, stocked):
    order = paid(placed((stocked(price=0), 1), (stocked(price=5), 1)))

    answer = refund(order, (order["lines"][0], 1))

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_refund")


def test_a_line_of_another_order_is_pointed_at(refund, paid_order, placed, line, product):
    other = placed((product, 1))

    answer = refund(paid_order, (line, 1), (other["lines"][0], 1))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/lines/1/line_id")
    assert OrderLine.objects.get(pk=line["id"]).quantity_refunded == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"amount": 0},
        {"amount": "1"},
        {"amount": 1, "lines": [{"line_id": "oli_x", "quantity": 1}]},
        {"lines": []},
        {"lines": [{"line_id": "oli_x", "quantity": 0}]},
        {"amount": 1, "reason": "laune"},
        {"amount": 1, "currency": "EUR"},
    ],
)
def test_a_refund_says_either_which_lines_or_which_amount(finance, paid_order, body):
    answer = finance.command(f"/v1/orders/{paid_order['id']}/refunds", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_refund_sent_twice_is_one_refund(refund, paid_order, payments):
    first, second = (refund(paid_order, amount=500, key="one") for _ in range(2))

    assert first.json() == second.json()
    assert len(payments.refunds) == 1


@pytest.mark.parametrize("crash", [lambda request: 1 / 0, lambda request: submit(request) or 1 / 0])
def test_a_refund_whose_answer_was_lost_in_a_crash_is_one_refund(refund, paid_order, payments, monkeypatch, crash):
    with monkeypatch.context() as patched:
        patched.setattr(views, "submit", crash)
        crashed = refund(paid_order, amount=500, key="one")

    again = refund(paid_order, amount=500, key="one")

    assert (crashed.status_code, again.status_code, again.json()["status"]) == (500, 201, "pending")
    assert RefundRequest.objects.count() == len(payments.keys("/refunds")) == 1


def test_a_refund_needs_a_key(finance, paid_order):
    answer = finance.post(f"/v1/orders/{paid_order['id']}/refunds", {"amount": 1})

    assert answer.json()["code"] == "idempotency_key_required"


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_how_a_refund_ended_counts_once_however_often_it_is_told(refund, settle, paid_order, shown, status):
    answer = refund(paid_order, amount=500)
    settle(answer, status)
    once = shown(paid_order)

    settle(answer, status)

    assert shown(paid_order) == once


def test_a_refund_that_failed_can_be_asked_for_again(refund, settle, paid_order, line, shown, finance, held, product):
    settle(refund(paid_order, (line, 2)), "failed")

    order, failed = shown(paid_order), finance.get(f"/v1/orders/{paid_order['id']}/refunds").json()["data"][0]
    again = refund(paid_order, amount=2000)

    assert (failed["status"], order["payment_status"], order["amount_refunded"]) == ("failed", "paid", 0)
    assert (again.status_code, held(product)) == (201, 0)


@pytest.mark.parametrize("trouble", ["down", "slow", "crashes", (429, "rate_limited"), (409, "request_in_progress")])
def test_a_refund_goes_on_when_payments_answers_again(refund, paid_order, payments, work, later, shown, trouble):
    payments.trouble = trouble
    answer = refund(paid_order, amount=500)
    payments.trouble = None

    with later(minutes=2):
        work()

    request = RefundRequest.objects.get()
    assert (answer.status_code, answer.json()["status"], request.status) == (201, "requested", "pending")
    assert set(payments.keys("/refunds")) == {f"{paid_order['id']}:rfr:{request.id}"}
    assert len(payments.refunds) == 1
    assert shown(paid_order)["payment_status"] == "refund_pending"


def test_a_refund_that_payments_refuses_has_failed(refund, paid_order, payments, shown):
    payments.trouble = (409, "refund_exceeds_captured")

    answer = refund(paid_order, amount=500)

    assert (answer.status_code, answer.json()["status"]) == (201, "failed")
    assert RefundRequest.objects.get().last_failure.endswith("409 refund_exceeds_captured")
    assert (shown(paid_order)["payment_status"], shown(paid_order)["amount_refunded"]) == ("paid", 0)


def test_a_refund_told_before_its_answer_came_is_settled(refund, paid_order, payments, tell, work, later, shown):
    payments.trouble = "slow"
    answer = refund(paid_order, amount=500)
    payments.trouble = None
    tell(payments.refunded(payments.refunds[answer.json()["id"]]))

    with later(minutes=2):
        work()

    assert RefundRequest.objects.get().status == "succeeded"
    assert shown(paid_order)["payment_status"] == "partially_refunded"
    assert len(payments.keys("/refunds")) == 1


def test_money_that_staff_gave_back_at_payments_counts_here(paid_order, payments, tell, shown, finance):
    payment = payments.of(paid_order["id"])
    outside = {"id": "ref_outside", "refund_request_id": "by hand", "payment_id": payment["id"], "amount": 700}

    tell(payments.refunded(outside), payments.refunded(outside))

    order, (request,) = shown(paid_order), finance.get(f"/v1/orders/{paid_order['id']}/refunds").json()["data"]
    assert (order["amount_refunded"], order["payment_status"]) == (700, "partially_refunded")
    assert (request["status"], request["refund_id"], request["reason"]) == (
        "succeeded",
        "ref_outside",
        "made_at_payments",
    )


@pytest.mark.parametrize("amount", [700, 2000])
def test_money_given_back_elsewhere_counts_while_more_than_is_left_is_asked_for(
    refund, paid_order, payments, tell, work, later, shown, amount
):
    payments.trouble = "down"
    refund(paid_order, amount=2000)
    outside = {"id": "ref_outside", "refund_request_id": "by hand", "amount": amount}
    tell(payments.refunded({**outside, "payment_id": payments.of(paid_order["id"])["id"]}))
    between = shown(paid_order)

    payments.trouble = (422, "refund_exceeds_captured")
    with later(minutes=2):
        work()

    after = shown(paid_order)
    assert (between["amount_refunded"], between["payment_status"]) == (amount, "refund_pending")
    assert after["amount_refunded"] == amount
    assert after["payment_status"] == ("refunded" if amount == 2000 else "partially_refunded")


def test_money_that_was_never_counted_is_not_missed_when_it_goes_back(order, customer, payments, tell, shown):
    customer.command(f"/v1/orders/{order['id']}/pay")
    tell(payments.succeeded(order["id"], amount_captured=1, currency="EUR"))
    wrong = {"id": "ref_w", "refund_request_id": "x", "payment_id": payments.of(order["id"])["id"], "amount": 1}

    tell(payments.refunded(wrong), payments.refunded(wrong, "failed"))

    assert shown(order)["amount_refunded"] == 0
    assert not RefundRequest.objects.exists()


def test_a_customer_reads_the_refunds_of_an_order(refund, customer, paid_order):
    refund(paid_order, amount=1)
    refund(paid_order, amount=2)

    answer = customer.get(f"/v1/orders/{paid_order['id']}/refunds")

    assert [request["amount"] for request in answer.json()["data"]] == [2, 1]
    assert {request["order_id"] for request in answer.json()["data"]} == {paid_order["id"]}


def test_an_order_of_many_lines_is_refunded_in_few_queries(
    refund, placed, paid, many_stocked, held, django_assert_max_num_queries
):
    products = many_stocked(100)
    order = paid(placed(*((product, 2) for product in products)))

    with django_assert_max_num_queries(50, using="orders"):
        answer = refund(order, *((line, 1) for line in order["lines"]))

    assert (answer.status_code, answer.json()["amount"], held(products[0])) == (201, 100_000, 1)
