"""Asking a payment's provider, and taking over what it says."""

from collections.abc import Callable

from apps.payments.models import Payment
from apps.payments.problems import ProviderUnavailable
from apps.payments.providers import Intent, Provider, reach
from apps.payments.services.outcomes import apply_intent


def ask(payment: Payment, question: Callable[[Provider], Intent]) -> Payment:
    """The payment, made what its provider says. Raises Declined, and ProviderUnavailable: a worker then asks again."""
    try:
        intent = question(reach(payment.provider))
    except ProviderUnavailable as failure:
        if failure.outcome_unknown:
            payment.doubt()
        payment.try_later(str(failure))
        raise
    return apply_intent(payment_id=payment.id, intent=intent)
