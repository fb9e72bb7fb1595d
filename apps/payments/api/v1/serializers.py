"""What version 1 reads and shows."""

from collections.abc import Mapping

from django.core.validators import RegexValidator
from rest_framework import serializers

from apps.payments.api.v1 import projections
from apps.payments.models import Payment, ProviderEvent, Refund
from apps.payments.providers.sandbox import METHODS
from chassis.identifiers import ID_PATTERN
from chassis.methods import Shape
from chassis.serializers import Amount, Boolean, Currency, Integer, Representation, Strict, Text

an_id = RegexValidator(rf"^{ID_PATTERN.pattern}\Z", "This is no id.", "invalid")


class NewPayment(Strict):
    """What `POST /v1/payments` takes. `order_id` and `attempt` name the payment."""

    order_id = Text(validators=[an_id])
    attempt = Integer(min_value=1, max_value=10_000)
    amount = Amount(min_value=1)
    currency = Currency()
    customer_id = Text(validators=[an_id], required=False, allow_null=True)
    provider = Text(max_length=20)
    capture_method = serializers.ChoiceField(Payment.CaptureMethod.choices, required=False)


class Capture(Strict):
    """How much of what is authorized is taken; all of it where nothing is said."""

    amount = Amount(min_value=1, required=False)


class NewRefund(Strict):
    """What `POST /v1/payments/{id}/refunds` takes. `refund_request_id` names the refund."""

    refund_request_id = Text(max_length=64)
    amount = Amount(min_value=1)
    reason = Text(max_length=200)


class Nothing(Strict):
    """The body of a command that needs none."""


class SandboxChoice(Strict):
    """How the sandbox is paid, and with that what comes of it."""

    payment_method = serializers.ChoiceField(list(METHODS))


class SandboxAuthentication(Strict):
    """How 3-D Secure ends: by default the bank knows who is paying."""

    is_authenticated = Boolean(default=True)


class SandboxClock(Strict):
    """How far the sandbox's clock moves on; a year at most."""

    advance_seconds = Integer(min_value=0, max_value=31_536_000)


class SandboxClockMoved(serializers.Serializer):
    """How much happens because of it."""

    happened = serializers.IntegerField()


class DeclineShown(serializers.Serializer):
    """Why the last try was turned down."""

    code = serializers.CharField()
    decline_code = serializers.CharField()
    message = serializers.CharField()


class MethodShown(serializers.Serializer):
    """What was paid with."""

    type = serializers.CharField()
    brand = serializers.CharField()
    last4 = serializers.CharField()


class PaymentShown(Representation):
    """A payment as its customer sees it."""

    projection = projections.PAYMENTS
    amount_refundable = serializers.IntegerField()
    last_error = DeclineShown(allow_null=True)
    method = MethodShown(allow_null=True)

    class Meta:
        model = Payment
        fields: tuple[str, ...] = (
            *("id", "order_id", "attempt", "customer_id", "provider", "status"),
            *("amount", "currency", "capture_method", "amount_authorized"),
            *("amount_captured", "amount_refunded", "amount_refundable"),
            *("last_error", "next_action", "method", "outcome_unknown"),
            *("created_at", "updated_at", "succeeded_at", "cancelled_at", "version"),
        )


class PaymentForStaff(PaymentShown):
    """The same with what its provider calls it."""

    projection = projections.STAFF_PAYMENTS
    sometimes = ("provider_reference",)

    class Meta(PaymentShown.Meta):
        fields = (*PaymentShown.Meta.fields, "provider_reference")


class PaymentOpened(PaymentForStaff):
    """A payment as it is shown to who opened it, with what whoever pays it needs: our token, the provider's secret."""

    payer_token = serializers.CharField(required=False)
    client_secret = serializers.CharField(required=False)

    class Meta(PaymentForStaff.Meta):
        fields = (*PaymentForStaff.Meta.fields, "payer_token", "client_secret")


class PaymentForPayer(PaymentShown):
    """A payment as whoever pays it reads it, with the provider's secret while it is good for something."""

    client_secret = serializers.CharField(required=False)

    class Meta(PaymentShown.Meta):
        fields = (*PaymentShown.Meta.fields, "client_secret")


class PaymentRead(PaymentForStaff):
    """One payment, with what only staff or only payers see of it."""

    client_secret = serializers.CharField(required=False)

    class Meta(PaymentForStaff.Meta):
        fields = (*PaymentForStaff.Meta.fields, "client_secret")


class RefundShown(Representation):
    """A refund as the customer of its payment sees it."""

    projection = projections.REFUNDS
    order_id = serializers.CharField()
    currency = serializers.CharField()

    class Meta:
        model = Refund
        fields: tuple[str, ...] = (
            *("id", "payment_id", "order_id", "refund_request_id", "source", "status"),
            *("amount", "currency", "reason", "failure_reason", "created_at", "updated_at", "succeeded_at", "version"),
        )


class RefundForStaff(RefundShown):
    """The same with what its provider calls it."""

    projection = projections.STAFF_REFUNDS
    sometimes = ("provider_reference",)

    class Meta(RefundShown.Meta):
        fields = (*RefundShown.Meta.fields, "provider_reference")


FOR_OTHERS: Mapping[Shape, Shape] = {
    PaymentForStaff: PaymentShown,
    PaymentRead: PaymentForPayer,
    RefundForStaff: RefundShown,
}


class ProviderEventShown(Representation):
    """What a provider told by webhook: nothing but that something happened to a payment."""

    projection = projections.PROVIDER_EVENTS

    class Meta:
        model = ProviderEvent
        fields = (
            *("id", "provider", "event_id", "type", "reference", "status"),
            *("failures", "last_failure", "created_at", "done_at"),
        )


class ProviderShown(serializers.Serializer):
    """Who collects money here; `livemode` says whether it is real."""

    name = serializers.CharField()
    livemode = serializers.BooleanField()
    publishable_key = serializers.CharField()
