"""What the rows of orders contradict by themselves."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(sql):
    """Changes one column of orders' rows: `changed("order", "total", 7, id)`."""

    def run(table, column, value, id, key="id"):
        sql("orders", f"UPDATE orders_{table} SET {column} = %s WHERE {key} = %s", value, id)

    return run


def test_more_reserved_than_there_is_is_named(shop, changed, unguarded, found):
    unguarded("orders", "orders_product", "product_reserved")
    changed("product", "reserved", 101, shop.product.id)

    assert found() == {("I3", shop.product.id), ("I4", shop.product.id)}


def test_a_stock_counter_that_is_not_what_orders_hold_is_named(shop, changed, found):
    shop.paid()
    changed("product", "reserved", 3, shop.product.id)

    assert found() == {("I4", shop.product.id)}


def test_a_stock_that_no_movement_explains_is_named(shop, changed, found):
    changed("product", "on_hand", 99, shop.product.id)

    assert found() == {("I5", shop.product.id)}


def test_an_attempt_for_another_amount_than_the_order_costs_is_named(shop, sql, found):
    order, payment = shop.opened()
    sql("orders", "UPDATE orders_paymentattempt SET amount = 1999 WHERE order_id = %s", order)
    sql("payments", "UPDATE payments_payment SET amount = 1999 WHERE id = %s", payment)

    assert found() == {("I10", order)}


def test_an_order_whose_refunds_are_not_those_of_its_requests_is_named(shop, sql, found):
    order, _ = shop.refunded()
    sql("orders", "UPDATE orders_refundrequest SET amount = 400 WHERE order_id = %s", order)
    ((request,),) = sql("orders", "SELECT id FROM orders_refundrequest")

    assert found() == {("I9", order), ("I9", request)}


def test_a_total_that_is_not_the_sum_of_the_lines_is_named(shop, changed, found):
    order = shop.place()
    changed("order", "shipping_total", 1, order)

    assert found() == {("I11", order)}


def test_a_line_that_is_not_what_its_units_cost_is_named(shop, sql, changed, found):
    order = shop.place()
    changed("orderline", "unit_price", 1, order, "order_id")
    ((line,),) = sql("orders", "SELECT id FROM orders_orderline")

    assert found() == {("I11", line)}


def test_a_dead_order_that_holds_stock_is_named(shop, sql, changed, found):
    order, _ = shop.cancelled()
    ((line,),) = sql("orders", "SELECT id FROM orders_orderline WHERE order_id = %s", order)
    sql("orders", "UPDATE orders_reservation SET status = 'held', quantity_released = 0 WHERE line_id = %s", line)
    changed("product", "reserved", 2, shop.product.id)

    assert found() == {("I12", order)}


def test_a_confirmed_order_that_is_not_kept_in_stock_is_named(shop, sql, changed, found):
    order, _ = shop.paid()
    sql("orders", "UPDATE orders_reservation SET status = 'released', quantity_released = quantity")
    changed("product", "reserved", 0, shop.product.id)

    assert found() == {("I21", order)}


def test_an_attempt_that_was_never_asked_about_is_named(shop, sql, found):
    order, _ = shop.opened()
    sql("orders", "UPDATE orders_paymentattempt SET status = 'opening', done_at = NULL, due_at = '2999-01-01'")

    assert found() == {("I14", order)}


def test_a_refund_request_that_was_never_submitted_is_named(shop, sql, found):
    shop.refunded()
    sql("orders", "UPDATE orders_refundrequest SET status = 'requested', done_at = NULL, due_at = '2999-01-01'")
    ((request,),) = sql("orders", "SELECT id FROM orders_refundrequest")

    assert ("I14", request) in found()


def test_money_that_no_attempt_brought_is_named(shop, sql, found):
    order, _ = shop.opened()
    sql("orders", "UPDATE orders_order SET amount_authorized = 1 WHERE id = %s", order)

    assert found() == {("I10", order)}


def test_more_counted_as_sent_than_was_sent_is_named(shop, sql, found):
    order, _ = shop.paid()
    sql("orders", "UPDATE orders_orderline SET quantity_fulfilled = 1 WHERE order_id = %s", order)

    assert found() == {("I21", order)}


def test_an_order_that_should_have_expired_is_named(shop, changed, found):
    order = shop.place()
    changed("order", "expires_at", "2026-01-01 00:00:00+00:00", order)

    assert found() == {("I14", order)}


def test_an_order_that_went_where_no_way_leads_is_named(shop, sql, found):
    order, _ = shop.cancelled()
    sql("orders", "UPDATE orders_outboxevent SET type = 'order.expired' WHERE type = 'order.confirmed'")

    assert found() == {("I16", order)}


def test_an_order_that_is_not_what_was_told_of_it_is_named(shop, sql, found):
    order, _ = shop.paid()
    sql("orders", "UPDATE orders_outboxevent SET type = 'order.noted' WHERE type = 'order.confirmed'")

    assert found() == {("I16", order)}


def test_an_order_of_which_nothing_was_told_is_named(shop, sql, found):
    order = shop.place()
    sql("orders", "DELETE FROM orders_outboxevent WHERE stream = %s", order)

    assert found() == {("I16", order)}


def test_an_order_that_nobody_cancelled_is_named(shop, sql, found):
    order, _ = shop.cancelled()
    sql("orders", "DELETE FROM orders_auditevent WHERE action = 'order.cancelled'")

    assert found() == {("I17", order)}


def test_a_refund_that_nobody_asked_for_is_named(shop, sql, found):
    order, _ = shop.refunded()
    sql("orders", "DELETE FROM orders_auditevent WHERE action = 'refund.requested'")

    assert found() == {("I17", order)}
