"""What the rows of payments contradict by themselves, and what they contradict of orders'."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.orders.models import RetainedContact
from apps.payments.models import ProviderEvent, SandboxIntent, SandboxRefund

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(sql):
    """Changes one column of a payment: `changed("status", "cancelled", id)`."""

    def run(column, value, id, table="payment", key="id"):
        sql("payments", f"UPDATE payments_{table} SET {column} = %s WHERE {key} = %s", value, id)

    return run


def test_more_given_back_than_came_is_named(shop, sql, changed, unguarded, found):
    _, payment = shop.refunded(500)
    unguarded("payments", "payments_payment", "payments_payment_refunded")
    changed("amount", 2001, payment, "refund", "payment_id")
    ((request,),) = sql("orders", "SELECT id FROM orders_refundrequest")

    assert found() == {("I8", payment), ("I9", request)}


def test_a_payment_whose_refunds_are_not_its_counters_is_named(shop, changed, found):
    _, payment = shop.paid()
    changed("amount_refund_pending", 1, payment)

    assert found() == {("I8", payment)}


def test_a_ledger_that_is_not_balanced_is_named(shop, changed, found):
    _, payment = shop.paid()
    changed("account", "provider:other", payment, "ledgerentry", "direction = 'debit' AND payment_id")
    changed("amount", 1999, payment, "ledgerentry", "direction = 'debit' AND payment_id")

    assert found() == {("I13", "GBP"), ("I13", payment)}


def test_a_capture_that_was_never_booked_is_named(shop, sql, found):
    _, payment = shop.paid()
    sql("payments", "DELETE FROM payments_ledgerentry")

    assert found() == {("I13", payment)}


def test_a_sale_booked_in_another_currency_is_named(shop, changed, found):
    _, payment = shop.paid()
    changed("currency", "EUR", payment, "ledgerentry", "payment_id")

    assert found() == {("I13", payment)}


def test_a_payment_whose_provider_was_never_asked_is_named(shop, sql, found):
    _, payment = shop.opened()
    sql("payments", "UPDATE payments_payment SET status = 'created', due_at = '2999-01-01'")

    assert found() == {("I14", payment)}


def test_a_payment_of_which_nobody_knows_what_became_is_named(shop, sql, found):
    _, payment = shop.opened()
    sql("payments", "UPDATE payments_payment SET outcome_unknown = (1 = 1)")

    assert found() == {("I14", payment)}


def test_a_refund_whose_provider_was_never_asked_is_named(shop, sql, found):
    _, payment = shop.refunded()
    sql("payments", "UPDATE payments_refund SET status = 'submitted'")
    ((refund, request),) = sql("payments", "SELECT id, refund_request_id FROM payments_refund")

    assert found() == {("I14", refund), ("I9", request), ("I8", payment)}


def test_money_of_which_payments_knows_nothing_is_named(shop, sql, found):
    shop.paid()
    owed = {"amount": 5, "currency": "GBP", "status": "succeeded", "captured": 5, "idempotency_key": "k"}
    SandboxIntent.objects.create(reference="sbx_1", **owed)

    assert found() == {("I15", "sbx_1")}


def test_a_payment_that_nobody_opened_is_named(shop, sql, found):
    _, payment = shop.opened()
    sql("payments", "DELETE FROM payments_auditevent")

    assert found() == {("I17", payment)}


def test_a_webhook_that_waits_for_a_person_is_named(sql, found):
    told = {"provider": "sandbox", "event_id": "evt_1", "type": "payment.succeeded", "reference": "sbx_1"}
    event = ProviderEvent.objects.create(**told)
    event.end("dead")

    assert found() == {("I14", event.id)}


def test_a_refund_that_is_promised_beyond_what_came_is_named(shop, sql, found):
    _, payment = shop.refunded(2000)
    sql("payments", "UPDATE payments_payment SET amount_refunded = 1500")
    sql("payments", "UPDATE payments_payment SET amount_refund_pending = 501")

    assert ("I8", payment) in found()


def test_a_payment_that_went_on_after_its_end_is_named(shop, sql, found):
    _, payment = shop.cancelled()
    sql("payments", "UPDATE payments_outboxevent SET type = 'payment.processing' WHERE type = 'refund.succeeded'")

    assert found() == {("I16", payment)}


# With providers


def test_a_payment_that_its_provider_knows_otherwise_is_named(shop, sql, found):
    _, payment = shop.paid()
    sql("payments", "UPDATE payments_sandboxintent SET captured = 1999")

    assert (found(), found(asks_providers=True)) == (set(), {("I15", payment)})


def test_a_refund_that_only_its_provider_knows_is_named(shop, found):
    _, payment = shop.paid()
    SandboxRefund.objects.create(intent=SandboxIntent.objects.get(), amount=1, idempotency_key="k")

    assert found(asks_providers=True) == {("I15", payment)}


def test_a_refund_that_its_provider_does_not_know_is_named(shop, sql, found):
    _, payment = shop.refunded()
    sql("payments", "DELETE FROM payments_sandboxrefund")

    assert found(asks_providers=True) == {("I15", payment)}


# With orders


def test_an_amount_that_orders_and_payments_do_not_agree_on_is_named(shop, changed, found):
    _, payment = shop.opened()
    changed("amount", 1999, payment)

    assert found() == {("I10", payment)}


def test_a_payment_of_no_order_is_named(shop, changed, found):
    order, payment = shop.opened()
    changed("order_id", "ord_0", payment)

    assert found() == {("I19", payment), ("I19", order)}


def test_money_kept_for_a_dead_order_is_named(shop, sql, found):
    _, payment = shop.cancelled()
    for table in ("ledgerentry", "refund"):
        kind = "AND kind = 'refund'" if table == "ledgerentry" else ""
        sql("payments", f"DELETE FROM payments_{table} WHERE payment_id = %s {kind}", payment)
    sql("payments", "UPDATE payments_payment SET amount_refunded = 0")
    sql("orders", "UPDATE orders_order SET amount_refunded = 0")
    sql("orders", "DELETE FROM orders_refundrequest")

    assert found() == {("I6", payment)}


def test_a_confirmed_order_that_nobody_paid_is_named(shop, sql, found):
    order, _ = shop.paid()
    sql("payments", "DELETE FROM payments_ledgerentry")
    sql("payments", "UPDATE payments_payment SET amount_captured = 0")
    sql("orders", "UPDATE orders_order SET amount_paid = 0")
    sql("orders", "UPDATE orders_paymentattempt SET amount_captured = 0")

    assert found() == {("I7", order)}


def test_a_refund_that_nobody_asked_for_is_named(shop, sql, found):
    order, _ = shop.refunded()
    sql("orders", "DELETE FROM orders_refundrequest")
    sql("orders", "UPDATE orders_order SET amount_refunded = 0, payment_status = 'paid'")
    ((refund,),) = sql("payments", "SELECT id FROM payments_refund")

    assert found() == {("I9", refund), ("I10", order)}


def test_a_request_that_no_refund_has_is_named(shop, sql, found):
    order, _ = shop.refunded()
    sql("payments", "DELETE FROM payments_ledgerentry WHERE kind = 'refund'")
    sql("payments", "DELETE FROM payments_refund")
    sql("payments", "UPDATE payments_payment SET amount_refunded = 0")
    ((request,),) = sql("orders", "SELECT id FROM orders_refundrequest")

    assert found() == {("I9", request), ("I10", order)}


def test_an_open_payment_of_a_dead_order_is_named(shop, changed, found):
    _, payment = shop.expired()
    changed("status", "requires_payment_method", payment)

    assert found() == {("I12", payment), ("I16", payment)}


def test_an_order_that_is_paid_twice_is_named(shop, sql, found):
    order, _ = shop.paid()
    other, second = shop.paid()
    sql("payments", "UPDATE payments_payment SET order_id = %s, attempt = 2 WHERE id = %s", order, second)
    columns = "number, key, status, provider, amount, currency, payment_id, created_at, due_at, leased_until, leased_by"
    more = "failures, last_failure, done_at, amount_authorized, amount_captured"
    sql(
        "orders",
        f"INSERT INTO orders_paymentattempt (id, order_id, {columns}, {more}) "
        f"SELECT 'att_2', %s, {columns.replace('number, key', '2, %s')}, {more} "
        "FROM orders_paymentattempt WHERE order_id = %s",
        *(order, "another key", other),
    )
    sql("orders", "UPDATE orders_order SET amount_paid = 4000 WHERE id = %s", order)
    sql("orders", "DELETE FROM orders_paymentattempt WHERE order_id = %s", other)
    free = "amount_paid = 0, total = 0, subtotal = 0, tax_total = 0"
    sql("orders", f"UPDATE orders_order SET {free} WHERE id = %s", other)
    sql("orders", "UPDATE orders_orderline SET unit_price = 0, total = 0, tax = 0 WHERE order_id = %s", other)

    assert found() == {("I1", order), ("I2", order)}


# With users


def test_an_order_of_nobody_is_named(shop, sql, found):
    shop.place()
    sql("orders", "UPDATE orders_order SET customer_id = 'usr_0'")

    assert found() == {("I19", "usr_0")}


def test_an_order_that_remembers_who_was_erased_is_named(shop, sql, found):
    shop.place()
    email = f"erased+{shop.customer.id}@invalid"
    sql("users", "UPDATE users_user SET email = %s, erased_at = '2026-11-28 10:00:00+00:00'", email)

    assert found() == {("I20", shop.customer.id)}


def test_somebody_who_was_erased_and_is_still_known_is_named(shop, sql, found):
    sql("users", "UPDATE users_user SET erased_at = '2026-11-28 10:00:00+00:00'")

    assert found() == {("I20", shop.customer.id)}


def test_what_a_law_wants_kept_no_longer_is_named(shop, found):
    order = shop.place()
    until = timezone.now() - timedelta(days=1)
    RetainedContact.objects.create(order_id=order, email="ana@example.com", shipping_address={}, until=until)

    assert found() == {("I20", order)}
