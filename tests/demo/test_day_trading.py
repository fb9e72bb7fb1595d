import pytest

from demo.connections import Outage
from tests.demo.days import run_day, sale
from tests.demo.stand_ins import StandInShop, busy, interruption, lost_connection
from tests.demo.sums import Sums, expected_sums

PLACE_OF_A_GUESTS_PAYMENT = 6
PLACE_OF_A_CUSTOMERS_PAYMENT = 8


def sums_of(summary):
    return Sums(
        orders=summary.orders,
        lines=summary.lines,
        revenue_pence=summary.revenue_pence,
        guest_orders=summary.guest_orders,
        cancelled=summary.cancelled_orders,
        refunds_pence=summary.refunds_pence,
        untraded=len(summary.untraded),
    )


def reasons(summary):
    return {(line.line, line.reason) for line in summary.untraded}


def test_a_day_traded_comes_to_the_sums_of_its_file(shop, small_day):
    summary = run_day(shop, small_day)

    assert sums_of(summary) == expected_sums(small_day)
    assert (summary.products, summary.customers, summary.refunds, summary.cancelled_pence) == (2, 2, 1, 3 * 425)


def test_the_shipped_day_comes_to_the_sums_of_its_file(shop, shipped_day):
    summary = run_day(shop, shipped_day)

    assert sums_of(summary) == expected_sums(shipped_day)
    assert max(len(order["lines"]) for order in shop.orders.values()) == 592


def test_goods_taken_back_return_to_the_shelf(shop, small_day):
    run_day(shop, small_day)

    assert shop.products["22960@425"]["on_hand"] == 17
    assert shop.products["22960@425"]["reserved"] == 14


def test_a_second_run_changes_nothing(shop, small_day):
    summary, state = run_day(shop, small_day), shop.state()
    shop.asked.clear()

    again = run_day(shop, small_day)

    assert again == summary
    assert shop.state() == state
    assert shop.posts() == ["POST /v1/tokens"]


def test_a_run_of_the_first_invoices_is_taken_up_by_a_run_of_all(shop, small_day):
    run_day(shop, small_day, first=2)
    run_day(shop, small_day)

    assert [order["status"] for order in shop.orders.values()] == ["confirmed", "confirmed", "cancelled"]
    assert [refund["amount"]["amount"] for refund in shop.refunds.values()] == [4 * 425]


@pytest.mark.parametrize("is_before", [True, False], ids=["before_the_shop_saw_it", "after_the_shop_did_it"])
@pytest.mark.parametrize("happen", [lambda shop: None, StandInShop.expire_unpaid_orders], ids=["soon", "after_expiry"])
def test_a_run_interrupted_at_any_request_is_completed_by_the_next(small_day, happen, is_before):
    undisturbed = StandInShop()
    run_day(undisturbed, small_day)

    for at, request in enumerate(undisturbed.asked):
        shop = StandInShop()
        shop.faults[at] = interruption(is_before=is_before)
        with pytest.raises(KeyboardInterrupt):
            run_day(shop, small_day)
        happen(shop)
        run_day(shop, small_day)
        assert shop.state() == undisturbed.state(), f"interrupted at {at}: {request}"


@pytest.mark.parametrize("is_before", [True, False], ids=["before_the_shop_saw_it", "after_the_shop_did_it"])
def test_a_connection_lost_at_any_request_loses_and_doubles_nothing(small_day, is_before):
    undisturbed = StandInShop()
    run_day(undisturbed, small_day)

    for at, request in enumerate(undisturbed.asked):
        shop = StandInShop()
        shop.faults[at] = lost_connection(is_before=is_before)
        run_day(shop, small_day)
        assert shop.state() == undisturbed.state(), f"lost at {at}: {request}"


@pytest.mark.parametrize(
    ("status", "code"), [(429, "too_many_requests"), (503, "down"), (409, "request_in_progress"), (500, "")]
)
def test_a_shop_that_is_busy_is_asked_again(small_day, status, code):
    undisturbed = StandInShop()
    run_day(undisturbed, small_day)

    for at, request in enumerate(undisturbed.asked):
        shop = StandInShop()
        shop.faults[at] = busy(status, code, Retry_After="2")
        run_day(shop, small_day)
        assert shop.state() == undisturbed.state(), f"busy at {at}: {request}"


def test_a_token_that_expires_is_renewed(shop, small_day):
    shop.token_life = 4

    summary = run_day(shop, small_day)

    assert sums_of(summary) == expected_sums(small_day)


def test_a_guest_whose_token_was_lost_is_helped_by_staff(shop, written):
    day = written(sale("1", customer=""))
    shop.faults[PLACE_OF_A_GUESTS_PAYMENT] = interruption(is_before=True)
    with pytest.raises(KeyboardInterrupt):
        run_day(shop, day)

    summary = run_day(shop, day)

    assert shop.asked[PLACE_OF_A_GUESTS_PAYMENT].endswith("/pay")
    assert (summary.orders, summary.guest_orders, len(shop.orders)) == (1, 1, 1)


def test_an_order_the_shop_refuses_is_reported_and_the_others_are_traded(shop, written):
    run_day(shop, written(sale("1"), sale("2", code="POST")))
    shop.products["22960@425"]["status"] = "archived"

    summary = run_day(shop, written(sale("1"), sale("2", code="POST"), sale("3"), sale("4", code="POST")))

    assert summary.orders == 3
    assert reasons(summary) == {(4, "refused by the shop: product_unavailable")}


def test_a_cancellation_of_an_order_that_was_refused_is_reported(shop, written):
    shop.people["customer-17850@example.com"] = "somebody else's"

    summary = run_day(shop, written(sale("1"), sale("2", customer=""), sale("C3", quantity=-6)))

    assert summary.orders == 1
    assert reasons(summary) == {
        (2, "refused by the shop: invalid_credentials"),
        (4, "cancellation of an order that was not traded"),
    }


def test_a_refusal_of_yesterday_is_no_answer_today(shop, written):
    run_day(shop, written(sale("9")))
    day = written(sale("1"))
    shop.products["22960@425"]["status"] = "archived"
    assert run_day(shop, day).untraded
    shop.products["22960@425"]["status"] = "active"

    summary = run_day(shop, day)

    assert not summary.untraded


def test_a_product_the_shop_will_not_stock_is_left_out_of_its_orders(shop, written):
    shop.unwanted = {"POST@425"}
    day = written(sale("1"), sale("1", code="POST"))

    summary, again = run_day(shop, day), run_day(shop, day)

    assert summary.lines == again.lines == 1
    assert reasons(summary) == {(3, "refused by the shop: forbidden")}


def test_a_payment_that_is_slow_to_open_is_asked_for_again(shop, small_day):
    shop.payments_to_miss = 5

    summary = run_day(shop, small_day)

    assert sums_of(summary) == expected_sums(small_day)


def test_payments_that_stay_away_end_the_run_and_not_the_day(shop, small_day):
    shop.payments_to_miss = 40
    with pytest.raises(Outage, match="has not done /v2/orders/"):
        run_day(shop, small_day)

    summary = run_day(shop, small_day)

    assert sums_of(summary) == expected_sums(small_day)


def test_an_order_that_expires_while_it_is_paid_is_placed_anew(shop, small_day):
    shop.orders_to_expire = 1

    summary = run_day(shop, small_day)

    assert sums_of(summary) == expected_sums(small_day)


def test_a_payment_that_was_cancelled_meanwhile_is_opened_anew(shop, written):
    day = written(sale("1"))
    shop.faults[PLACE_OF_A_CUSTOMERS_PAYMENT] = interruption(is_before=False)
    with pytest.raises(KeyboardInterrupt):
        run_day(shop, day)
    for payment in shop.payments.values():
        payment["status"] = "cancelled"

    summary = run_day(shop, day)

    assert (summary.orders, len(shop.payments)) == (1, 2)


def test_a_refund_that_is_still_on_its_way_is_not_asked_for_again(shop, small_day):
    shop.is_slow_with_money = True

    run_day(shop, small_day)
    run_day(shop, small_day)

    assert [refund["status"] for refund in shop.refunds.values()] == ["requested"]


def test_orders_that_are_never_confirmed_are_reported(shop, written):
    shop.is_deaf = True

    summary = run_day(shop, written(sale("1"), sale("C2", quantity=-6)))

    assert summary.orders == 0
    assert reasons(summary) == {
        (2, "paid, but not confirmed in time"),
        (3, "cancellation of an order that was not traded"),
    }


def test_an_order_that_holds_other_goods_than_the_file_is_left_and_told(shop, written):
    run_day(shop, written(sale("1", quantity=5)))
    shop.asked.clear()

    summary = run_day(shop, written(sale("1"), sale("2", customer="")))

    assert summary.orders == 2
    assert reasons(summary) == {(2, "the shop's order of this invoice, placed by another run, does not hold it")}
    assert summary.notes == ["invoice 1: the shop's order is 2125 pence, the file's 0"]


@pytest.mark.parametrize("status", ["cancelled", "pending_payment", "expired"])
def test_of_several_orders_of_an_invoice_the_one_that_got_furthest_counts(shop, written, status):
    day = written(sale("1"))
    run_day(shop, day)
    [order] = shop.orders.values()
    for name in ("ord_0", "ord_9"):
        shop.orders[name] = order | {"id": name, "status": status}

    summary = run_day(shop, day)

    assert (summary.orders, summary.revenue_pence) == (1, 6 * 425)


def test_somebody_elses_order_with_the_same_note_is_not_the_invoices(shop, written):
    run_day(shop, written(sale("1", customer="13047")))

    summary = run_day(shop, written(sale("1", customer="17850")))

    assert summary.orders == 1
    assert len(shop.orders) == 2


def test_a_shop_that_does_not_answer_ends_the_run(shop, small_day):
    shop.faults = {at: lost_connection(is_before=True) for at in range(5)}

    with pytest.raises(Outage, match="does not answer: ConnectionError"):
        run_day(shop, small_day)


def test_a_shop_that_stays_busy_ends_the_run(shop, small_day):
    shop.faults = {at: busy(429, "too_many_requests", Retry_After="60") for at in range(4)}

    with pytest.raises(Outage, match="too busy"):
        run_day(shop, small_day)
