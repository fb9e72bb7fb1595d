"""What the lists of version 1 may be asked."""

from django_filters import CharFilter, ChoiceFilter, FilterSet

from apps.payments.models import Payment, Refund


class PaymentFilters(FilterSet):
    order_id = CharFilter()
    customer_id = CharFilter()
    status = ChoiceFilter(choices=Payment.Status.choices)


class RefundFilters(FilterSet):
    payment_id = CharFilter()
    order_id = CharFilter("payment__order_id")
    status = ChoiceFilter(choices=Refund.Status.choices)
