"""What the lists of version 1 may be asked."""

from django_filters import ChoiceFilter, FilterSet

from apps.payments.models import Payment, ProviderEvent, Refund
from chassis.filters import TextFilter


class PaymentFilters(FilterSet):
    order_id = TextFilter("What is paid", max_length=30)
    customer_id = TextFilter("Who pays", max_length=30)
    status = ChoiceFilter(label="How far the payment is", choices=Payment.Status.choices)


class ProviderEventFilters(FilterSet):
    provider = TextFilter("Who told it", max_length=20)
    reference = TextFilter("What it is about, as the provider calls it", max_length=100)
    status = ChoiceFilter(label="What became of it", choices=ProviderEvent.Status.choices)


class OwnRefundFilters(FilterSet):
    """Of one payment's refunds."""

    status = ChoiceFilter(label="How far the refund is", choices=Refund.Status.choices)


class RefundFilters(OwnRefundFilters):
    payment_id = TextFilter("What it is given back of", max_length=30)
    order_id = TextFilter("The order of that payment", max_length=30, field_name="payment__order_id")
