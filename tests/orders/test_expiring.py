"""Orders that nobody pays: payments is asked before anything is given up."""

import pytest

from apps.orders.models import Order, PaymentAttempt

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(customer, order):
    customer.command(f"/v1/orders/{order['id']}/pay")
    return order


@pytest.fixture
def wait(work, later):
    """Lets half an hour and so many minutes pass."""

    def waited(minutes=1):
        with later(minutes=30 + minutes):
            work()

    return waited


def test_an_order_that_is_not_paid_in_time_expires(order, wait, shown, announced, held, product, payments):
    wait()

    expired = shown(order)
    assert (expired["status"], expired["amount_due"], expired["allowed_actions"]) == ("expired", 0, [])
    assert announced(order["id"]) == ["order.placed", "order.expired"]
    assert held(product) == 0
    assert payments.asked == []


def test_an_order_has_as_much_time_as_the_shop_says(placed, product, shown, wait, settings):
    settings.ORDER_TTL_SECONDS = 3600
    order = placed((product, 1))

    wait()

    assert shown(order)["status"] == "pending_payment"


def test_the_open_payment_is_cancelled_first(opened, wait, shown, payments, held, product):
    wait()

    assert (shown(opened)["status"], held(product)) == ("expired", 0)
    assert payments.of(opened["id"])["status"] == "cancelled"
    assert PaymentAttempt.objects.get().status == "abandoned"


def test_a_payment_that_failed_keeps_no_order_alive(opened, wait, shown, payments):
    payments.of(opened["id"])["status"] = "failed"

    wait()

    assert shown(opened)["status"] == "expired"


@pytest.mark.parametrize("trouble", ["down", "slow", "crashes", (401, "invalid_token")])
def test_while_payments_does_not_answer_nothing_expires(opened, wait, shown, payments, held, product, trouble):
    payments.trouble = trouble
    wait()
    waiting = shown(opened)
    payments.trouble = None

    wait(minutes=5)

    assert (waiting["status"], waiting["allowed_actions"]) == ("pending_payment", ["cancel"])
    assert (shown(opened)["status"], held(product)) == ("expired", 0)


def test_while_payments_does_not_answer_it_is_asked_once_a_minute(opened, wait, payments):
    payments.trouble = "down"

    for minutes in (1, 1, 1, 3):
        wait(minutes)

    assert len(set(payments.keys("/cancel"))) == 1
    assert len(payments.keys("/cancel")) == 2


def test_an_order_about_to_expire_is_not_paid_any_more(customer, opened, wait, payments):
    payments.trouble = "down"
    wait()

    answer = customer.command(f"/v1/orders/{opened['id']}/pay")

    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_payable")


def test_an_order_about_to_expire_can_be_cancelled(customer, opened, wait, payments, work, later):
    payments.trouble = "down"
    wait()
    payments.trouble = None

    answer = customer.post(f"/v1/orders/{opened['id']}/cancel", {})

    assert (answer.json()["status"], payments.of(opened["id"])["status"]) == ("cancelled", "cancelled")


def test_an_order_whose_payer_was_quicker_is_confirmed_by_the_answer(
    opened, wait, payments, tell, shown, held, product
):
    fact = payments.succeeded(opened["id"])
    wait()
    confirmed = shown(opened)

    tell(fact)

    assert (confirmed["status"], confirmed["expires_at"], held(product)) == ("confirmed", None, 2)
    assert shown(opened) == confirmed


def test_an_order_whose_money_is_on_its_way_does_not_expire(opened, wait, payments, shown):
    payments.of(opened["id"])["status"] = "processing"

    wait()

    assert shown(opened)["status"] == "pending_payment"


def test_an_order_whose_attempt_was_never_answered_expires_after_payments_was_asked(
    customer, order, wait, payments, shown
):
    payments.trouble = "slow"
    customer.command(f"/v1/orders/{order['id']}/pay")
    payments.trouble = None

    wait()

    assert shown(order)["status"] == "expired"
    assert payments.of(order["id"])["status"] == "cancelled"


def test_an_order_that_payments_refuses_to_know_expires(customer, order, wait, payments, shown):
    payments.trouble = "down"
    customer.command(f"/v1/orders/{order['id']}/pay")
    payments.trouble = (409, "payment_mismatch")

    wait()

    assert shown(order)["status"] == "expired"


def test_paid_and_cancelled_orders_do_not_expire(customer, paid_order, placed, product, wait, shown):
    cancelled = placed((product, 1))
    customer.post(f"/v1/orders/{cancelled['id']}/cancel", {})

    wait()

    assert [shown(order)["status"] for order in (paid_order, cancelled)] == ["confirmed", "cancelled"]
    assert not Order.objects.filter(expiring_since__isnull=False).exists()


def test_an_order_that_is_cancelled_while_it_expires_is_cancelled(customer, opened, wait, payments, shown, announced):
    send = payments.send

    def cancelled_meanwhile(request, **options):
        payments.send = send
        customer.post(f"/v1/orders/{opened['id']}/cancel", {})
        return send(request, **options)

    payments.send = cancelled_meanwhile
    wait()

    assert shown(opened)["status"] == "cancelled"
    assert "order.expired" not in announced(opened["id"])


def test_many_orders_expire_in_one_go(placed, stocked, wait, held):
    mug = stocked(30)
    for _ in range(25):
        placed((mug, 1))

    wait()

    assert (Order.objects.filter(status="expired").count(), held(mug)) == (25, 0)


def test_while_payments_does_not_answer_an_order_waits_four_times_as_long_at_most(
    opened, wait, shown, payments, held, product
):
    payments.trouble = "down"
    wait(89)
    waiting = shown(opened)["status"]

    wait(93)

    assert (waiting, shown(opened)["status"], held(product)) == ("pending_payment", "expired", 0)
    assert PaymentAttempt.objects.get().status == "cancelling"


def test_an_order_waits_no_longer_than_a_day(placed, customer, product, wait, shown, payments, settings):
    settings.ORDER_TTL_SECONDS = 12 * 3600
    order = placed((product, 1))
    customer.command(f"/v1/orders/{order['id']}/pay")
    payments.trouble = "down"
    wait(23 * 60)
    waiting = shown(order)["status"]

    wait(24 * 60)

    assert (waiting, shown(order)["status"]) == ("pending_payment", "expired")


def test_money_that_was_on_its_way_all_the_time_is_counted_when_it_comes(
    opened, wait, shown, payments, tell, held, product
):
    payments.of(opened["id"])["status"] = "processing"
    for minutes in (1, 20, 50, 95):
        wait(minutes)
    expired = shown(opened)["status"]

    tell(payments.succeeded(opened["id"]))

    assert (expired, shown(opened)["status"], held(product)) == ("expired", "confirmed", 2)


def test_money_on_its_way_buys_an_order_a_quarter_of_an_hour(opened, payments, later, tell):
    before = Order.objects.get().expires_at
    with later(minutes=20):
        tell(payments.ended(opened["id"], "processing"))

    gained = (Order.objects.get().expires_at - before).total_seconds()
    assert 4 * 60 < gained < 6 * 60


def test_a_promise_that_was_quicker_confirms_the_order(opened, wait, payments, shown):
    payments.authorized(opened["id"])
    payments.of(opened["id"])["status"] = "succeeded"
    payments.of(opened["id"])["amount_captured"] = 2000

    wait()

    assert shown(opened)["status"] == "confirmed"
