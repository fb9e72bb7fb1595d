"""What the lists of version 1 may be asked."""

from django_filters import CharFilter, ChoiceFilter, FilterSet

from apps.payments.models import Payment, Refund


class PaymentFilters(FilterSet):
    order_id = CharFilter()
    customer_id = CharFilter()
    status = ChoiceFilter(choices=Payment.Status.choices)


class OwnRefundFilters(FilterSet):
    """Of one payment's refunds."""

    status = ChoiceFilter(choices=Refund.Status.choices)


class RefundFilters(OwnRefundFilters):
    payment_id = CharFilter()
    order_id = CharFilter("payment__order_id")
