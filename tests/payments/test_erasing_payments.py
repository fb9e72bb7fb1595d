"""What payments tells users about somebody, and how it forgets them: the books stay, and name nobody."""

import pytest

from apps.payments.models import IdempotencyRecord, LedgerEntry, Payment, Refund
from apps.payments.reactions import REACTIONS
from apps.payments.services.erasing import forget, tell
from chassis.announcements import Announcement
from chassis.identifiers import new_id
from tests.payments.conftest import CUSTOMER_ID

pytestmark = pytest.mark.django_db


@pytest.fixture
def refunded(finance, paid_payment):
    """A payment, some of which staff gave back, for a reason in words of theirs."""
    wanted = {"refund_request_id": "rfr", "amount": 40, "reason": "Zelda was sad"}
    answer = finance.post(f"/v1/payments/{paid_payment}/refunds", wanted, headers={"Idempotency-Key": "refund"})
    assert answer.status_code == 201, answer.json()
    return paid_payment


def test_their_payments_are_told_with_refunds(refunded):
    part = tell(CUSTOMER_ID, "")

    (payment,) = part.data
    assert (payment["id"], payment["amount"], payment["method"]["type"], part.next) == (refunded, 100, "card", None)
    assert (payment["refunds"][0]["amount"], "provider_reference" in payment) == (40, False)
    assert tell(new_id("usr"), "").data == []


def test_a_long_history_is_told_in_parts(open_payment, monkeypatch):
    monkeypatch.setattr("apps.payments.services.erasing.ITEMS_A_PART", 2)
    opened = [open_payment() for _ in range(3)]

    first = tell(CUSTOMER_ID, "")
    second = tell(CUSTOMER_ID, first.next)

    assert [payment["id"] for payment in first.data + second.data] == opened
    assert second.next is None


def test_with_what_they_paid_is_forgotten_and_amounts_and_books_stay(refunded):
    books = list(LedgerEntry.objects.values())

    assert forget(CUSTOMER_ID) is None

    payment = Payment.objects.get()
    assert (payment.method, payment.last_error, Refund.objects.get().reason) == (None, None, "")
    assert (payment.amount_captured, payment.amount_refunded, payment.customer_id) == (100, 40, CUSTOMER_ID)
    assert payment.provider_reference
    assert list(LedgerEntry.objects.values()) == books
    assert not IdempotencyRecord.objects.exists()


def test_what_is_anothers_stays(paid_payment):
    forget(new_id("usr"))

    assert Payment.objects.get().method


def test_what_the_provider_still_knows_does_not_come_back(finance, paid_payment):
    forget(CUSTOMER_ID)

    synced = finance.post(f"/v1/payments/{paid_payment}/sync", {})

    assert (synced.status_code, synced.json()["status"]) == (200, "succeeded")
    assert Payment.objects.get().method is None


def test_what_a_guest_paid_is_forgotten_by_its_order(open_payment, payer_of):
    paid, other = (open_payment(customer_id=None) for _ in range(2))
    for payment_id in (paid, other):
        payer_of(payment_id).post(f"/v1/sandbox/payments/{payment_id}/confirm", {"payment_method": "sbx_ok"})

    order_id = Payment.objects.get(pk=paid).order_id
    REACTIONS["order.forgotten"](Announcement("evt", "order.forgotten", order_id, {"order_id": order_id}))

    assert Payment.objects.get(pk=paid).method is None
    assert Payment.objects.get(pk=other).method
