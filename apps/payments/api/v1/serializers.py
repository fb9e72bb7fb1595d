"""What version 1 reads and shows."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from apps.payments.models import Payment, Refund
from apps.payments.permissions import sees_all
from apps.payments.providers.sandbox import METHODS
from chassis.callers import caller_of
from chassis.identifiers import ID_PATTERN
from chassis.serializers import Amount, Currency, Integer, Representation, Strict, Text

an_id = RegexValidator(rf"^{ID_PATTERN.pattern}\Z", "This is no id.", "invalid")


class NewPayment(Strict):
    """What `POST /v1/payments` takes. `order_id` and `attempt` name the payment."""

    order_id = Text(validators=[an_id])
    attempt = Integer(min_value=1, max_value=10_000)
    amount = Amount(min_value=1)
    currency = Currency()
    customer_id = Text(validators=[an_id], required=False, allow_null=True)
    provider = Text(max_length=20)


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


class ForStaff(Representation):
    """A representation of which `staff_fields` are for services and staff only."""

    staff_fields: tuple[str, ...] = ("provider_reference",)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        request = self.context.get("request")
        hidden = self.staff_fields if request and not sees_all(caller_of(request)) else ()
        return {name: field for name, field in fields.items() if name not in hidden}


class PaymentShown(ForStaff):
    """A payment; services and staff see its `provider_reference` too."""

    amount_refundable = serializers.IntegerField()
    last_error = DeclineShown(allow_null=True)
    method = MethodShown(allow_null=True)

    class Meta:
        model = Payment
        fields: tuple[str, ...] = (
            *("id", "order_id", "attempt", "customer_id", "provider", "provider_reference", "status"),
            *("amount", "currency", "amount_captured", "amount_refunded", "amount_refundable"),
            *("last_error", "method", "outcome_unknown"),
            *("created_at", "updated_at", "succeeded_at", "cancelled_at", "version"),
        )
        read_only_fields = fields


class PaymentOpened(PaymentShown):
    """A payment as it is shown to who opened it, with the token for whoever pays it."""

    payer_token = serializers.CharField()

    class Meta(PaymentShown.Meta):
        fields = (*PaymentShown.Meta.fields, "payer_token")


class RefundShown(ForStaff):
    """A refund; services and staff see its `provider_reference` too."""

    order_id = serializers.CharField()
    currency = serializers.CharField()

    class Meta:
        model = Refund
        fields = (
            *("id", "payment_id", "order_id", "refund_request_id", "provider_reference", "status"),
            *("amount", "currency", "reason", "failure_reason", "created_at", "updated_at", "succeeded_at", "version"),
        )
        read_only_fields = fields


class ProviderShown(serializers.Serializer):
    """Who collects money here; `livemode` says whether it is real."""

    name = serializers.CharField()
    livemode = serializers.BooleanField()
