"""One's own addresses."""

from typing import Any

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import problems
from apps.users.api.v1 import serializers
from apps.users.api.v1.pages import ADDRESS
from apps.users.api.v1.views.people import OneselfView
from apps.users.models import Address
from apps.users.services import addresses
from chassis.methods import Method
from chassis.views import ListView


class MyAddresses(OneselfView, ListView):
    """One's own addresses, 50 at most. One of them at most is the default to ship to, and one that of bills."""

    html = ADDRESS
    orderings = ("-created_at", "created_at")
    methods = {
        "GET": Method("List one's addresses", lists=serializers.AddressRepresentation),
        "POST": Method(
            "Add an address",
            reads=serializers.AddressBody,
            shows={201: serializers.AddressRepresentation},
            refuses=(problems.AddressLimit,),
        ),
    }

    def get(self, request: Request) -> Response:
        return self.page(Address.objects.of(self.caller.id))

    def post(self, request: Request) -> Response:
        address = addresses.add_address(user_id=self.me().id, **self.read())
        location = f"/{request.version}/users/me/addresses/{address.id}"
        return self.show(address, status=201, location=location)


class MyAddress(OneselfView):
    """One of one's addresses."""

    html = ADDRESS
    methods = {
        "GET": Method("Read an address", shows={200: serializers.AddressRepresentation}),
        "PUT": Method(
            "Replace an address",
            reads=serializers.AddressBody,
            shows={200: serializers.AddressRepresentation},
            compares=True,
        ),
        "DELETE": Method("Remove an address", shows={204: None}),
    }

    def get(self, request: Request, address_id: str) -> Response:
        return self.show(self._address(address_id))

    def put(self, request: Request, address_id: str) -> Response:
        address = self._address(address_id)
        self.require_version(address)
        return self.show(addresses.replace_address(address=address, **self.read()))

    def delete(self, request: Request, address_id: str) -> Response:
        addresses.remove_address(address=self._address(address_id))
        return Response(status=204)

    def _address(self, address_id: str) -> Any:
        return get_object_or_404(Address.objects.of(self.caller.id), pk=address_id)
