"""The facts of two services, compared: tables of facts, and what contradicts."""

import pytest
from msgspec.structs import replace

from config.facts import (
    AnnouncementFact,
    Attempt,
    CustomerFact,
    HeardFact,
    OrderFact,
    PaymentFact,
    RefundFact,
    Request,
    UserFact,
)
from config.invariants import NAMES, of_announcements, of_customers, of_order

ATTEMPT = Attempt(1, "pay_1", 100, "GBP", "succeeded")
PAYMENT = PaymentFact("pay_1", 1, "succeeded", 100, "GBP", 0, 100, 0, 0, is_settled=True, refunds=[])
ORDER = OrderFact(
    "ord_1", "confirmed", 100, "GBP", "usr_1", 100, 0, is_settled=True, attempts=[ATTEMPT], refund_requests=[]
)
OPEN = replace(PAYMENT, status="requires_payment_method", amount_captured=0)
PENDING = replace(ORDER, status="pending_payment", amount_paid=0, attempts=[replace(ATTEMPT, status="open")])
ASKED = Request("rfr_1", "pay_1", "ref_1", 40, "GBP", "succeeded")
GIVEN = RefundFact("ref_1", "rfr_1", 40, "succeeded")
REFUNDED = replace(ORDER, amount_refunded=40, refund_requests=[ASKED])
PAID_BACK = replace(PAYMENT, amount_refunded=40, refunds=[GIVEN])
OUTSIDE = replace(GIVEN, refund_request_id="external:re_1")
CANCELLED = replace(ORDER, status="cancelled")
AUTHORIZED = replace(PAYMENT, status="authorized", amount_authorized=100, amount_captured=0)
AGAIN = replace(ATTEMPT, number=2, payment_id="pay_2")
TWICE = replace(PAYMENT, id="pay_2", attempt=2)


def found(order, *payments):
    return {(violation.invariant, violation.subject) for violation in of_order(order, "ord_1", payments)}


@pytest.mark.parametrize(
    ("order", "payments"),
    [
        pytest.param(ORDER, [PAYMENT], id="paid"),
        pytest.param(PENDING, [OPEN], id="waiting"),
        pytest.param(PENDING, [replace(OPEN, status="processing")], id="processing"),
        pytest.param(replace(PENDING, status="expired"), [replace(OPEN, status="cancelled")], id="expired"),
        pytest.param(replace(PENDING, attempts=[]), [], id="never paid"),
        pytest.param(replace(ORDER, total=0, amount_paid=0, attempts=[]), [], id="free"),
        pytest.param(REFUNDED, [PAID_BACK], id="refunded"),
        pytest.param(
            replace(REFUNDED, refund_requests=[replace(ASKED, refund_id=None)]), [PAID_BACK], id="refund not heard of"
        ),
        pytest.param(REFUNDED, [replace(PAID_BACK, refunds=[OUTSIDE])], id="refunded outside"),
        pytest.param(
            replace(ORDER, refund_requests=[replace(ASKED, status="failed")]),
            [replace(PAYMENT, refunds=[replace(GIVEN, status="failed")])],
            id="refund failed",
        ),
        pytest.param(
            replace(CANCELLED, amount_refunded=100, refund_requests=[replace(ASKED, amount=100)]),
            [replace(PAYMENT, amount_refunded=100, refunds=[replace(GIVEN, amount=100)])],
            id="cancelled and given back",
        ),
        pytest.param(
            replace(PENDING, status="confirmed", attempts=[replace(ATTEMPT, status="open")]),
            [AUTHORIZED],
            id="authorized",
        ),
        pytest.param(
            replace(PENDING, status="expired"),
            [replace(OPEN, status="processing")],
            id="expired while it is processing",
        ),
        pytest.param(
            ORDER, [replace(PAYMENT, refunds=[replace(OUTSIDE, status="pending")])], id="being refunded by finance"
        ),
        pytest.param(CANCELLED, [replace(PAYMENT, is_settled=False)], id="cancelled just now"),
        pytest.param(replace(CANCELLED, is_settled=False), [PAYMENT], id="cancelled just now, as orders says"),
        pytest.param(None, [replace(PAYMENT, is_settled=False)], id="placed just now"),
    ],
)
def test_what_orders_and_payments_say_agrees(order, payments):
    assert found(order, *payments) == set()


@pytest.mark.parametrize(
    ("order", "payments", "violated"),
    [
        (ORDER, [replace(PAYMENT, amount_captured=101)], {("I1", "ord_1"), ("I10", "ord_1")}),
        (
            replace(ORDER, amount_paid=200, attempts=[ATTEMPT, AGAIN]),
            [PAYMENT, TWICE],
            {("I1", "ord_1"), ("I2", "ord_1")},
        ),
        (
            replace(PENDING, attempts=[ATTEMPT, AGAIN]),
            [OPEN, replace(OPEN, id="pay_2", attempt=2)],
            {("I2", "ord_1")},
        ),
        (CANCELLED, [PAYMENT], {("I6", "pay_1")}),
        (replace(PENDING, amount_paid=100, attempts=[ATTEMPT]), [PAYMENT], {("I6", "pay_1")}),
        (None, [PAYMENT], {("I6", "pay_1"), ("I19", "pay_1")}),
        (None, [OPEN], {("I19", "pay_1")}),
        (replace(ORDER, amount_paid=0, attempts=[]), [], {("I7", "ord_1")}),
        (replace(ORDER, amount_paid=99), [replace(PAYMENT, amount_captured=99)], {("I7", "ord_1")}),
        (replace(ORDER, amount_paid=0), [replace(AUTHORIZED, amount_authorized=99)], {("I7", "ord_1")}),
        (replace(ORDER, refund_requests=[ASKED]), [PAYMENT], {("I9", "rfr_1")}),
        (ORDER, [replace(PAYMENT, refunds=[replace(GIVEN, status="pending")])], {("I9", "ref_1")}),
        (REFUNDED, [replace(PAID_BACK, refunds=[replace(GIVEN, amount=41)])], {("I9", "rfr_1")}),
        (REFUNDED, [replace(PAID_BACK, currency="EUR")], {("I9", "rfr_1"), ("I10", "pay_1")}),
        (replace(REFUNDED, refund_requests=[replace(ASKED, status="pending")]), [PAID_BACK], {("I9", "rfr_1")}),
        (replace(REFUNDED, amount_refunded=0), [PAID_BACK], {("I10", "ord_1")}),
        (replace(ORDER, attempts=[replace(ATTEMPT, status="open")]), [PAYMENT], {("I10", "ord_1")}),
        (
            replace(ORDER, attempts=[replace(ATTEMPT, payment_id="pay_2")]),
            [PAYMENT],
            {("I10", "pay_1"), ("I19", "ord_1")},
        ),
        (replace(PENDING, status="expired"), [OPEN], {("I12", "pay_1")}),
        (replace(PENDING, status="cancelled"), [replace(OPEN, status="authorized")], {("I12", "pay_1")}),
        (replace(PENDING), [], {("I19", "ord_1")}),
    ],
)
def test_what_does_not_agree_is_named(order, payments, violated):
    assert found(order, *payments) == violated


@pytest.mark.parametrize(
    ("customer", "users", "violated"),
    [
        (CustomerFact("usr_1", "ord_1", is_settled=True), [UserFact("usr_1", is_erased=False)], []),
        (CustomerFact("usr_1", None, is_settled=True), [UserFact("usr_1", is_erased=True)], []),
        (CustomerFact("usr_1", "ord_1", is_settled=False), [], []),
        (CustomerFact("usr_1", "ord_1", is_settled=True), [], ["I19"]),
        (CustomerFact("usr_1", "ord_1", is_settled=True), [UserFact("usr_1", is_erased=True)], ["I20"]),
    ],
)
def test_customers_are_people_whom_users_knows_or_has_forgotten(customer, users, violated):
    known = {user.key: user for user in users}

    assert [violation.invariant for violation in of_customers([customer], known)] == violated


@pytest.mark.parametrize(
    ("announced", "heard", "violated"),
    [
        (AnnouncementFact("evt_1", ["orders"]), HeardFact("evt_1", "payments", is_settled=True), []),
        (AnnouncementFact("evt_1", []), HeardFact("evt_1", "payments", is_settled=True), []),
        (AnnouncementFact("evt_1", ["orders"]), HeardFact("evt_1", "users", is_settled=True), ["I14"]),
        (AnnouncementFact("evt_1", []), HeardFact("evt_2", "payments", is_settled=False), []),
        (AnnouncementFact("evt_1", []), HeardFact("evt_2", "payments", is_settled=True), ["I19"]),
    ],
)
def test_what_was_delivered_was_heard_and_what_was_heard_was_announced(announced, heard, violated):
    violations = of_announcements("payments", "orders", [announced], [heard])

    assert [violation.invariant for violation in violations] == violated


def test_every_invariant_has_a_name():
    assert [*NAMES] == [f"I{number}" for number in range(1, 23)]
