"""Whom an order was for, where the law wants that kept of a customer who was erased."""

from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders.api.v2.serializers import AddressBody
from apps.orders.models import RetainedContact
from apps.orders.permissions import MayReadRetained
from chassis.methods import Method
from chassis.serializers import MilliTime
from chassis.views import View


class ShownContact(serializers.Serializer):
    """Whom its invoice was for; kept until then, and shown to those alone who keep the books."""

    order_id = serializers.CharField(source="pk")
    email = serializers.CharField()
    shipping_address = AddressBody()
    until = MilliTime()


class OrderContact(View):
    """Whom an order was for, of a customer who was erased. The order itself says it no longer."""

    permission_classes = [MayReadRetained]
    methods = {"GET": Method("Read what is kept for an invoice", shows={200: ShownContact})}

    def get(self, request: Request, id: str) -> Response:
        return self.show(get_object_or_404(RetainedContact.objects.all(), pk=id))
