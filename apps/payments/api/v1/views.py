"""Payments over HTTP, version 1."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments import services
from apps.payments.api.v1 import pages
from apps.payments.api.v1.filters import OwnRefundFilters, PaymentFilters, RefundFilters
from apps.payments.api.v1.serializers import (
    NewPayment,
    NewRefund,
    Nothing,
    PaymentOpened,
    PaymentShown,
    ProviderShown,
    RefundShown,
    SandboxChoice,
)
from apps.payments.models import Payment, Refund
from apps.payments.permissions import (
    Commanders,
    Payer,
    Readers,
    Refunders,
    payments_payable_by,
    payments_visible_to,
)
from apps.payments.providers import PROVIDERS
from chassis.permissions import Anyone, People, by_method
from chassis.tokens import payer_token
from chassis.views import ListView, View

NO_OTHER_PAGE = {name: serializers.URLField(allow_null=True) for name in ("next", "previous")}
ORDERINGS = ("-created_at", "created_at", "amount", "-amount")


class PaymentList(ListView):
    """The payments that the caller may see, and where orders opens them."""

    permission_classes = [by_method(get=Readers, post=Commanders)]
    serializer_class = PaymentShown
    html = pages.PAYMENT
    filterset_class = PaymentFilters
    orderings = ORDERINGS
    # The order and its attempt are the key, and every answer must bring a payer's token that is still good.
    idempotency = "natural"
    one_transaction = False

    @extend_schema(responses=PaymentShown(many=True))
    def get(self, request: Request) -> Response:
        return self.page(payments_visible_to(self.caller))

    @extend_schema(request=NewPayment, responses={200: PaymentOpened, 201: PaymentOpened})
    def post(self, request: Request) -> Response:
        payment, is_new = services.create_payment(**self.read(NewPayment))
        status, location = 201 if is_new else 200, f"/v1/payments/{payment.id}"
        return self.show(payment, status=status, location=location, payer_token=payer_token(payment.id))


class OfPayment(View):
    """A view of one payment, or of what is its own. One that the caller may not see is a 404."""

    @property
    def payment(self) -> Payment:
        return get_object_or_404(payments_visible_to(self.caller), pk=self.kwargs["payment_id"])


class PaymentDetail(OfPayment):
    permission_classes = [Readers | Payer]
    serializer_class = PaymentShown
    html = pages.PAYMENT

    def get(self, request: Request, payment_id: str) -> Response:
        return self.show(self.payment)


class PaymentCancel(OfPayment):
    permission_classes = [Commanders]
    serializer_class = PaymentShown
    html = pages.PAYMENT
    # A stored refusal would outlive its reason: what cannot be cancelled now, perhaps can be when orders asks again.
    idempotency = "natural"
    one_transaction = False

    @extend_schema(request=Nothing, responses=PaymentShown)
    def post(self, request: Request, payment_id: str) -> Response:
        self.read(Nothing)
        return self.show(services.cancel_payment(payment_id=self.payment.id))


class PaymentSync(OfPayment):
    permission_classes = [Commanders]
    serializer_class = PaymentShown
    html = pages.PAYMENT
    # Whoever asks again wants to know how it is now, not how it was.
    idempotency = "natural"
    one_transaction = False

    @extend_schema(request=Nothing, responses=PaymentShown)
    def post(self, request: Request, payment_id: str) -> Response:
        self.read(Nothing)
        return self.show(services.sync_payment(payment_id=self.payment.id))


class PaymentRefundList(OfPayment, ListView):
    permission_classes = [by_method(get=Readers, post=Refunders)]
    serializer_class = RefundShown
    html = pages.REFUND
    filterset_class = OwnRefundFilters
    orderings = ORDERINGS
    # The refund request is the key.
    idempotency = "natural"
    one_transaction = False

    @extend_schema(responses=RefundShown(many=True))
    def get(self, request: Request, payment_id: str) -> Response:
        return self.page(self.payment.refunds.select_related("payment"))

    @extend_schema(request=NewRefund, responses={200: RefundShown, 201: RefundShown})
    def post(self, request: Request, payment_id: str) -> Response:
        refund, is_new = services.refund_payment(payment_id=self.payment.id, **self.read(NewRefund))
        return self.show(refund, status=201 if is_new else 200, location=f"/v1/refunds/{refund.id}")


class RefundList(ListView):
    permission_classes = [Readers]
    serializer_class = RefundShown
    html = pages.REFUND
    filterset_class = RefundFilters
    orderings = ORDERINGS

    @extend_schema(responses=RefundShown(many=True))
    def get(self, request: Request) -> Response:
        return self.page(Refund.objects.of(payments_visible_to(self.caller)))


class RefundDetail(View):
    permission_classes = [Readers]
    serializer_class = RefundShown
    html = pages.REFUND

    def get(self, request: Request, refund_id: str) -> Response:
        return self.show(get_object_or_404(Refund.objects.of(payments_visible_to(self.caller)), pk=refund_id))


class ProviderList(View):
    """Who collects money here: too few for a second page."""

    permission_classes = [Anyone]
    serializer_class = ProviderShown
    cache_control = "public, max-age=60"

    @extend_schema(responses=inline_serializer("Providers", {"data": ProviderShown(many=True), **NO_OTHER_PAGE}))
    def get(self, request: Request) -> Response:
        shown = self.get_serializer(PROVIDERS.values(), many=True).data
        return Response({"data": shown, "next": None, "previous": None})


class SandboxConfirm(View):
    """Where a payer stands in for the card and the bank: the method chosen is the outcome."""

    permission_classes = [People | Payer]
    serializer_class = PaymentShown
    html = pages.CONFIRMATION
    one_transaction = False

    @extend_schema(request=SandboxChoice, responses=PaymentShown)
    def post(self, request: Request, payment_id: str) -> Response:
        payable = payments_payable_by(self.caller).filter(provider="sandbox")
        payment = get_object_or_404(payable, pk=payment_id)
        return self.show(services.confirm_sandbox_payment(payment_id=payment.id, **self.read(SandboxChoice)))
