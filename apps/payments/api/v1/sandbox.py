"""The sandbox over HTTP: where whoever pays stands in for the card and the bank, and staff for the days that pass."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments import problems, services
from apps.payments.api.v1 import pages
from apps.payments.api.v1.serializers import (
    PaymentShown,
    SandboxAuthentication,
    SandboxChoice,
    SandboxClock,
    SandboxClockMoved,
)
from apps.payments.models import Payment
from apps.payments.permissions import Payer, Treasury, payments_payable_by
from apps.payments.providers import is_enabled
from chassis.methods import Method
from chassis.permissions import People
from chassis.problems import InvalidState
from chassis.views import View

REFUSES = (problems.PaymentDeclined, InvalidState, problems.ProviderUnavailable)


class OfSandbox(View):
    """A view that is there only where the sandbox is enabled."""

    one_transaction = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not is_enabled("sandbox"):
            raise Http404

    @property
    def payment(self) -> Payment:
        """The payment that the caller may pay, and that is paid in the sandbox."""
        return get_object_or_404(payments_payable_by(self.caller), pk=self.kwargs["payment_id"], provider="sandbox")


class SandboxConfirm(OfSandbox):
    """Where a payer stands in for the card and the bank: the method chosen is the outcome."""

    permission_classes = [People | Payer]
    html = pages.CONFIRMATION
    methods = {"POST": Method("Pay in the sandbox", reads=SandboxChoice, shows={200: PaymentShown}, refuses=REFUSES)}

    def post(self, request: Request, payment_id: str) -> Response:
        return self.show(services.confirm_sandbox_payment(payment_id=self.payment.id, **self.read()))


class SandboxComplete(OfSandbox):
    """Where a payer proves to the sandbox's bank who is paying, or does not."""

    permission_classes = [People | Payer]
    html = pages.COMPLETION
    methods = {
        "POST": Method(
            "End 3-D Secure in the sandbox", reads=SandboxAuthentication, shows={200: PaymentShown}, refuses=REFUSES
        )
    }

    def post(self, request: Request, payment_id: str) -> Response:
        return self.show(services.complete_sandbox_payment(payment_id=self.payment.id, **self.read()))


class SandboxClockView(OfSandbox):
    """Where staff let days pass in the sandbox."""

    permission_classes = [Treasury]
    methods = {"POST": Method("Move the sandbox's clock on", reads=SandboxClock, shows={200: SandboxClockMoved})}

    def post(self, request: Request) -> Response:
        happened = services.move_sandbox_clock(seconds=self.read()["advance_seconds"])
        return self.show({"happened": happened})
