"""What people can ask about all that is kept of them: to have it, and to have it gone."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import problems
from apps.users.api.v1 import serializers
from apps.users.api.v1.views.people import OneselfView
from apps.users.services.erasing import ask_erasure
from apps.users.services.exporting import ask_export
from chassis.followers import LongWork, Nothing, ShownOperation
from chassis.methods import Method
from chassis.permissions import InPerson


class MyExports(OneselfView, LongWork):
    """All that the shop keeps of oneself, as one JSON document: asked for once a day."""

    permission_classes = [InPerson]
    methods = {"POST": Method("Export what is kept of oneself", reads=Nothing, shows={202: ShownOperation})}

    def post(self, request: Request) -> Response:
        self.read()
        return self.accept(ask_export(user=self.me()))


class MyErasure(OneselfView, LongWork):
    """Being forgotten by every service. Who is signed out by that follows it by the token that comes with it."""

    permission_classes = [InPerson]
    # Wrong passwords are counted although they are refused, and orders is asked.
    one_transaction = False
    methods = {
        "POST": Method(
            "Erase oneself",
            reads=serializers.ErasureBody,
            shows={202: serializers.BegunErasure},
            refuses=(problems.WrongPassword, problems.LastAdmin, problems.StaffAccount, problems.OpenOrders),
        )
    }

    def post(self, request: Request) -> Response:
        operation, token = ask_erasure(user=self.me(), **self.read())
        return self.accept(operation, operation_token=token)
