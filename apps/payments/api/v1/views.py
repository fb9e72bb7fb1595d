"""Payments over HTTP, version 1."""

from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments import problems, services
from apps.payments.api.v1 import pages
from apps.payments.api.v1.filters import OwnRefundFilters, PaymentFilters, RefundFilters
from apps.payments.api.v1.serializers import (
    FOR_OTHERS,
    Capture,
    NewPayment,
    NewRefund,
    Nothing,
    PaymentForStaff,
    PaymentOpened,
    PaymentRead,
    ProviderShown,
    RefundForStaff,
)
from apps.payments.models import Payment, Refund
from apps.payments.permissions import (
    Commanders,
    Payer,
    Readers,
    Refunders,
    Treasurers,
    payments_payable_by,
    payments_visible_to,
    sees_all,
)
from apps.payments.providers import provider
from chassis.methods import Method, Shape
from chassis.permissions import Anyone, by_method
from chassis.problems import InvalidState
from chassis.tokens import payer_token
from chassis.views import ListView, View

ORDERINGS = ("-created_at", "created_at", "amount", "-amount")


class PaymentsView(View):
    """What a provider calls a payment or a refund is for services and staff."""

    def shape(self, newest: Shape) -> Shape:
        is_everything = self.is_described or sees_all(self.caller)
        return super().shape(newest if is_everything else FOR_OTHERS.get(newest, newest))


class PaymentList(PaymentsView, ListView):
    """The payments that the caller may see, and where orders opens them."""

    permission_classes = [by_method(get=Readers, post=Commanders)]
    html = pages.PAYMENT
    filterset_class = PaymentFilters
    orderings = ORDERINGS
    # The order and its attempt are the key, and every answer must bring a payer's token that is still good.
    idempotency = "natural"
    one_transaction = False
    methods = {
        "GET": Method("List payments", lists=PaymentForStaff),
        "POST": Method(
            "Open a payment",
            reads=NewPayment,
            shows={200: PaymentOpened, 201: PaymentOpened},
            refuses=(
                problems.PaymentMismatch,
                problems.UnknownProvider,
                problems.AmountBelowMinimum,
                problems.CurrencyNotCollected,
            ),
        ),
    }

    def get(self, request: Request) -> Response:
        return self.page(payments_visible_to(self.caller))

    def post(self, request: Request) -> Response:
        payment, is_new = services.create_payment(**self.read())
        status, location = 201 if is_new else 200, f"/{request.version}/payments/{payment.id}"
        secrets: dict[str, Any] = {"payer_token": payer_token(payment.id), **_client_secret(payment)}
        return self.show(payment, status=status, location=location, **secrets)


class OfPayment(PaymentsView):
    """A view of one payment, or of what is its own. One that the caller may not see is a 404."""

    @property
    def payment(self) -> Payment:
        return get_object_or_404(payments_visible_to(self.caller), pk=self.kwargs["payment_id"])


class PaymentDetail(OfPayment):
    """One payment."""

    permission_classes = [Readers | Payer]
    html = pages.PAYMENT
    methods = {"GET": Method("Read a payment", shows={200: PaymentRead})}

    def get(self, request: Request, payment_id: str) -> Response:
        payment = self.payment
        pays = payments_payable_by(self.caller).filter(pk=payment.pk).exists()
        return self.show(payment, **(_client_secret(payment) if pays else {}))


class PaymentCapture(OfPayment):
    """Taking what is authorized, or some of it."""

    permission_classes = [Commanders]
    html = pages.PAYMENT
    # What was captured is answered as it is; a stored refusal would outlive its reason.
    idempotency = "natural"
    one_transaction = False
    methods = {
        "POST": Method(
            "Capture a payment",
            reads=Capture,
            shows={200: PaymentForStaff},
            refuses=(InvalidState, problems.CaptureExceedsAuthorized, problems.ProviderUnavailable),
        )
    }

    def post(self, request: Request, payment_id: str) -> Response:
        return self.show(services.capture_payment(payment_id=self.payment.id, **self.read()))


class PaymentCancel(OfPayment):
    """Ending a payment before it is paid."""

    permission_classes = [Commanders]
    html = pages.PAYMENT
    # A stored refusal would outlive its reason: what cannot be cancelled now, perhaps can be when orders asks again.
    idempotency = "natural"
    one_transaction = False
    methods = {
        "POST": Method(
            "Cancel a payment",
            reads=Nothing,
            shows={200: PaymentForStaff},
            refuses=(InvalidState, problems.ProviderUnavailable),
        )
    }

    def post(self, request: Request, payment_id: str) -> Response:
        self.read()
        return self.show(services.cancel_payment(payment_id=self.payment.id))


class PaymentSync(OfPayment):
    """Asking the provider how a payment is."""

    permission_classes = [Commanders]
    html = pages.PAYMENT
    # Whoever asks again wants to know how it is now, not how it was.
    idempotency = "natural"
    one_transaction = False
    methods = {
        "POST": Method(
            "Ask the provider how a payment is",
            reads=Nothing,
            shows={200: PaymentForStaff},
            refuses=(problems.ProviderUnavailable,),
        )
    }

    def post(self, request: Request, payment_id: str) -> Response:
        self.read()
        return self.show(services.sync_payment(payment_id=self.payment.id))


class PaymentRefundList(OfPayment, ListView):
    """What is given back of a payment."""

    permission_classes = [by_method(get=Readers, post=Refunders)]
    html = pages.REFUND
    filterset_class = OwnRefundFilters
    orderings = ORDERINGS
    # The refund request is the key.
    idempotency = "natural"
    one_transaction = False
    methods = {
        "GET": Method("List the refunds of a payment", lists=RefundForStaff),
        "POST": Method(
            "Refund a payment",
            reads=NewRefund,
            shows={200: RefundForStaff, 201: RefundForStaff},
            refuses=(InvalidState, problems.RefundMismatch, problems.RefundExceedsCaptured),
        ),
    }

    def get(self, request: Request, payment_id: str) -> Response:
        return self.page(self.payment.refunds.all())

    def post(self, request: Request, payment_id: str) -> Response:
        refund, is_new = services.refund_payment(payment_id=self.payment.id, **self.read())
        return self.show(refund, status=201 if is_new else 200, location=f"/{request.version}/refunds/{refund.id}")


class RefundList(PaymentsView, ListView):
    """The refunds of the payments that the caller may see."""

    permission_classes = [Readers]
    html = pages.REFUND
    filterset_class = RefundFilters
    orderings = ORDERINGS
    methods = {"GET": Method("List refunds", lists=RefundForStaff)}

    def get(self, request: Request) -> Response:
        return self.page(Refund.objects.of(payments_visible_to(self.caller)))


class RefundDetail(PaymentsView):
    """One refund."""

    permission_classes = [Readers]
    html = pages.REFUND
    methods = {"GET": Method("Read a refund", shows={200: RefundForStaff})}

    def get(self, request: Request, refund_id: str) -> Response:
        return self.show(get_object_or_404(Refund.objects.of(payments_visible_to(self.caller)), pk=refund_id))


class RefundCancel(PaymentsView):
    """Ending a refund before its provider was asked for it."""

    permission_classes = [Treasurers]
    html = pages.REFUND
    # A stored refusal would outlive its reason.
    idempotency = "natural"
    methods = {
        "POST": Method("Cancel a refund", reads=Nothing, shows={200: RefundForStaff}, refuses=(InvalidState,)),
    }

    def post(self, request: Request, refund_id: str) -> Response:
        self.read()
        refund = get_object_or_404(Refund.objects.of(payments_visible_to(self.caller)), pk=refund_id)
        return self.show(services.cancel_refund(refund_id=refund.id))


class ProviderList(View):
    """Who collects money here: too few for a second page."""

    permission_classes = [Anyone]
    cache_control = "public, max-age=60"
    methods = {"GET": Method("List the providers", lists=ProviderShown)}

    def get(self, request: Request) -> Response:
        return self.show_all(provider(name) for name in settings.PROVIDERS)


def _client_secret(payment: Payment) -> dict[str, Any]:
    """What whoever pays shows the provider, while that is good for something."""
    secret = payment.unsealed_client_secret()
    return {"client_secret": secret} if secret else {}
