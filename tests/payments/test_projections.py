"""The lists of payments and refunds, byte for byte what the serializers that document them would answer."""

import json

import pytest
from rest_framework.utils.encoders import JSONEncoder

from apps.payments.api.v1.serializers import (
    PaymentForStaff,
    PaymentShown,
    ProviderEventShown,
    RefundForStaff,
    RefundShown,
)
from apps.payments.models import Payment, ProviderEvent, Refund

pytestmark = pytest.mark.django_db(databases=["payments"])
DECLINE = {"message": "No.", "decline_code": "do_not_honor", "code": "card_declined"}
CARD = {"last4": "4242", "brand": "visa", "type": "card"}


def as_bytes(shown):
    return json.dumps(shown, cls=JSONEncoder).encode()


@pytest.fixture
def payments():
    """One that is new, one that was declined, one that is paid; the second is nobody's."""
    paid = {"amount_captured": 500, "amount_refund_pending": 100, "method": CARD, "provider_reference": "pi_1"}
    facts = (
        {"customer_id": "usr_1", "next_action": {"type": "redirect", "url": "https://bank.example"}},
        {"last_error": DECLINE},
        {"status": "succeeded", **paid},
    )
    for attempt, more in enumerate(facts, 1):
        Payment.objects.create(
            order_id="ord_1", attempt=attempt, provider="sandbox", amount=500, currency="EUR", **more
        )


@pytest.fixture
def refunds(payments):
    payment = Payment.objects.get(attempt=3)
    for number, failure in enumerate((None, "The bank said no"), 1):
        Refund.objects.create(
            payment=payment, refund_request_id=f"rfr_{number}", amount=50, reason="other", failure_reason=failure
        )


@pytest.mark.parametrize("shape", [PaymentShown, PaymentForStaff])
def test_a_list_of_payments_has_the_bytes_of_its_serializer(payments, shape):
    rows = list(Payment.objects.order_by("attempt").values(*shape.projection.columns))

    projected = as_bytes(shape.projection.show(rows))

    assert projected == as_bytes(shape(Payment.objects.order_by("attempt"), many=True).data)


@pytest.mark.parametrize("shape", [RefundShown, RefundForStaff])
def test_a_list_of_refunds_has_the_bytes_of_its_serializer(refunds, shape):
    rows = list(Refund.objects.order_by("pk").values(*shape.projection.columns))

    projected = as_bytes(shape.projection.show(rows))

    assert projected == as_bytes(shape(Refund.objects.order_by("pk"), many=True).data)


def test_a_list_of_provider_events_has_the_bytes_of_its_serializer():
    for number, failure in enumerate(("", "a bug")):
        event = {"provider": "sandbox", "type": "paid", "reference": "sbx_1", "last_failure": failure}
        ProviderEvent.objects.create(event_id=f"evt_{number}", **event)
    ProviderEvent.objects.first().end("processed")
    projection = ProviderEventShown.projection
    rows = list(ProviderEvent.objects.order_by("pk").values(*projection.columns))

    projected = as_bytes(projection.show(rows))

    assert projected == as_bytes(ProviderEventShown(ProviderEvent.objects.order_by("pk"), many=True).data)
