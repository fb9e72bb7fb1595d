"""What holds in every service, broken in orders or payments."""

import pytest

pytestmark = pytest.mark.django_db


def test_work_that_no_worker_took_up_is_named(shop, sql, found):
    _, payment = shop.opened()
    sql("payments", "UPDATE payments_payment SET due_at = '2026-01-01 00:00:00+00:00'")

    assert found() == {("I14", payment)}


def test_an_announcement_that_was_not_delivered_is_named(shop, sql, found):
    shop.paid()
    sql("payments", "UPDATE payments_delivery SET done_at = NULL, due_at = '2999-01-01'")
    ((event,),) = sql("payments", "SELECT event_id FROM payments_delivery")

    assert found() == {("I14", event)}


def test_an_announcement_that_nobody_reacted_to_is_named(shop, sql, found):
    shop.paid()
    sql("orders", "UPDATE orders_inboxevent SET done_at = NULL, due_at = '2999-01-01'")
    ((event,),) = sql("orders", "SELECT id FROM orders_inboxevent")

    assert found() == {("I14", event)}


def test_an_announcement_that_was_lost_on_the_way_is_named(shop, sql, found):
    shop.paid()
    ((event,),) = sql("payments", "SELECT event_id FROM payments_delivery")
    sql("orders", "DELETE FROM orders_inboxevent")

    assert found() == {("I14", event)}


def test_an_announcement_that_was_never_made_is_named(shop, sql, found):
    shop.paid()
    sql("orders", "UPDATE orders_inboxevent SET id = 'evt_0'")
    ((event,),) = sql("payments", "SELECT event_id FROM payments_delivery")

    assert found() == {("I14", event), ("I19", "evt_0")}


def test_an_announcement_that_is_on_its_way_to_nobody_is_named(shop, sql, found):
    shop.paid()
    shop.paid()
    _, second = sorted(sql("payments", "SELECT event_id FROM payments_delivery"))
    sql("payments", "DELETE FROM payments_delivery WHERE event_id = %s", *second)
    sql("orders", "DELETE FROM orders_inboxevent WHERE id = %s", *second)

    assert found() == {("I14", *second)}


def test_what_was_told_before_anybody_subscribed_is_not_missed(shop, sql, found):
    shop.paid()
    shop.paid()
    first, _ = sorted(sql("payments", "SELECT event_id FROM payments_delivery"))
    sql("payments", "DELETE FROM payments_delivery WHERE event_id = %s", *first)
    sql("orders", "DELETE FROM orders_inboxevent WHERE id = %s", *first)

    assert found() == set()


def test_a_gap_in_a_stream_is_named(shop, sql, found):
    order, _ = shop.paid()
    sql("orders", "UPDATE orders_outboxevent SET number = 7 WHERE stream = %s AND number = 2", order)

    assert found() == {("I14", order)}


def test_a_letter_that_was_not_sent_is_named(shop, sql, found):
    shop.place()
    sql("orders", "UPDATE orders_mail SET done_at = NULL, due_at = '2999-01-01'")
    ((mail,),) = sql("orders", "SELECT id FROM orders_mail")

    assert found() == {("I14", mail)}


def test_a_key_that_was_not_forgotten_in_time_is_named(shop, sql, found):
    shop.place()
    sql("orders", "UPDATE orders_idempotencyrecord SET answer = NULL, created_at = '2026-01-01 00:00:00+00:00'")
    ((key,),) = sql("orders", "SELECT id FROM orders_idempotencyrecord")

    assert found() == {("I14", str(key))}


def test_a_delivery_that_was_overtaken_is_named(shop, sql, found):
    _, payment = shop.refunded()
    event = sql("payments", "SELECT event_id FROM payments_delivery ORDER BY number LIMIT 1")[0]
    sql("payments", "UPDATE payments_delivery SET done_at = NULL, due_at = '2999-01-01' WHERE event_id = %s", *event)

    assert found() == {("I14", *event), ("I16", payment)}


def test_an_act_of_nobody_is_named(shop, sql, found):
    sql("orders", "UPDATE orders_auditevent SET actor = '' WHERE action = 'product.created'")
    ((act,),) = sql("orders", "SELECT id FROM orders_auditevent WHERE actor = ''")

    assert found() == {("I17", act)}


def test_a_key_that_the_database_no_longer_keeps_unique_is_named(sql, found):
    sql("payments", "DROP INDEX payments_payment_attempt")

    assert found() == {("I18", "payments_payment")}


@pytest.mark.parametrize(
    "secret",
    [
        '"client_secret": "pi_1_secret_2"',
        '"key": "sk_live_4eC39HqLyjWDarjtT1zdp7dc"',
        '"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"',
        '"token": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.c2ln"',
    ],
)
def test_a_secret_in_clear_is_named(shop, sql, found, secret):
    order = shop.place()
    sql("orders", "UPDATE orders_outboxevent SET data = %s WHERE stream = %s", f"{{{secret}}}", order)
    ((event,),) = sql("orders", "SELECT id FROM orders_outboxevent WHERE stream = %s", order)

    assert found() == {("I22", event)}


def test_an_answer_that_is_kept_unsealed_is_named(shop, sql, found):
    shop.place()
    sql("orders", "UPDATE orders_idempotencyrecord SET answer = %s", b'{"status": 201}')
    ((key,),) = sql("orders", "SELECT id FROM orders_idempotencyrecord")

    assert found() == {("I22", str(key))}
