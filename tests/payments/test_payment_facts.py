"""What a provider says is applied once, in the right order, with both sides of the ledger."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, IntegrityError, connections
from django.db.models import Sum
from django.db.transaction import atomic

from apps.payments.models import LedgerEntry, Payment
from apps.payments.models.ledger import LedgerIsAppendOnly
from apps.payments.providers import Intent, reach
from apps.payments.services import refund_payment
from apps.payments.services.outcomes import apply_intent
from chassis.insert_only import guard, lift
from chassis.problems import InvalidState
from chassis.transactions import OpenTransaction

pytestmark = pytest.mark.django_db
PAID = Intent(reference="scr_1", status="succeeded", amount_captured=100, tries=2)


def balance(account):
    sides = LedgerEntry.objects.filter(account=account).values_list("direction").annotate(Sum("amount"))
    return dict(sides).get("debit", 0) - dict(sides).get("credit", 0)


def test_every_amount_stands_on_both_sides_of_the_ledger(paid_payment):
    refund_payment(payment_id=paid_payment, refund_request_id="rrq_1", amount=30, reason="other")

    assert LedgerEntry.objects.count() == 4
    assert (balance("provider:sandbox"), balance("sales")) == (70, -70)


def test_success_heard_twice_is_captured_once(scripted_payment, announced):
    for _ in "12":
        apply_intent(payment_id=scripted_payment, intent=PAID)

    assert announced(scripted_payment) == ["payment.succeeded"]
    assert LedgerEntry.objects.filter(kind="capture").count() == 2


@pytest.mark.parametrize("status", ["requires_payment_method", "processing", "cancelled", "failed"])
def test_what_is_heard_after_the_end_changes_nothing(scripted_payment, announced, status):
    apply_intent(payment_id=scripted_payment, intent=PAID)

    payment = apply_intent(payment_id=scripted_payment, intent=Intent("scr_1", status, tries=3))

    assert (payment.status, payment.version) == ("succeeded", 3)
    assert announced(scripted_payment) == ["payment.succeeded"]


def test_an_older_try_does_not_undo_a_newer_one(scripted_payment):
    apply_intent(payment_id=scripted_payment, intent=Intent("scr_1", "processing", tries=2))

    payment = apply_intent(payment_id=scripted_payment, intent=Intent("scr_1", "requires_payment_method", tries=1))

    assert payment.status == "processing"


def test_the_ledger_takes_no_changes(paid_payment):
    entry = LedgerEntry.objects.filter(payment=paid_payment)[0]

    for change in (entry.save, entry.delete, LedgerEntry.objects.all().delete):
        with pytest.raises(LedgerIsAppendOnly):
            change()
    with pytest.raises(LedgerIsAppendOnly):
        LedgerEntry.objects.update(amount=1)


def test_the_ledger_takes_no_fact_twice(paid_payment):
    with pytest.raises(IntegrityError), atomic(using="payments"):
        LedgerEntry.objects.record_capture(Payment.objects.get(), 100)


@pytest.mark.parametrize("change", ["UPDATE payments_ledgerentry SET amount = 1", "DELETE FROM payments_ledgerentry"])
def test_the_database_itself_refuses_to_change_the_ledger(paid_payment, change):
    connection = connections["payments"]
    guard(connection, "payments_ledgerentry")

    with pytest.raises(DatabaseError, match="insert-only"), atomic(using="payments"):
        connection.cursor().execute(change)

    lift(connection, "payments_ledgerentry")
    assert LedgerEntry.objects.count() == 2


def test_money_that_grows_is_a_further_entry(scripted_payment):
    apply_intent(payment_id=scripted_payment, intent=PAID)

    apply_intent(payment_id=scripted_payment, intent=replace(PAID, amount_captured=130))

    assert (LedgerEntry.objects.count(), balance("provider:scripted")) == (4, 130)


def test_a_cancelled_payment_hears_of_money_that_arrived_all_the_same(scripted_payment, announced):
    apply_intent(payment_id=scripted_payment, intent=Intent("scr_1", "cancelled", tries=1))

    payment = apply_intent(payment_id=scripted_payment, intent=PAID)

    assert (payment.status, payment.amount_captured) == ("succeeded", 100)
    assert announced(scripted_payment) == ["payment.cancelled", "payment.succeeded"]


@pytest.mark.parametrize("late", ["requires_action", "requires_payment_method", "processing"])
def test_what_is_authorized_is_nothing_less_again(scripted_payment, late):
    apply_intent(payment_id=scripted_payment, intent=Intent("scr_1", "authorized", tries=1, amount_authorized=100))

    payment = apply_intent(payment_id=scripted_payment, intent=Intent("scr_1", late, tries=1))

    assert payment.status == "authorized"


@pytest.mark.parametrize(
    "amounts",
    [
        {"amount": 0},
        {"amount_captured": -1},
        {"amount_refunded": 101},
        {"amount_refund_pending": -1},
    ],
)
def test_the_database_refuses_amounts_that_cannot_be(paid_payment, amounts):
    with pytest.raises(IntegrityError), atomic(using="payments"):
        Payment.objects.update(**amounts)


def test_an_ended_payment_becomes_nothing_else(paid_payment):
    with pytest.raises(InvalidState):
        Payment.objects.get().become("cancelled")


def test_no_provider_is_reached_inside_a_transaction():
    with pytest.raises(OpenTransaction, match="sandbox"), atomic(using="payments"):
        reach("sandbox")
