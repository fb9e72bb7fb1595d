"""What staff do with the accounts of others."""

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import problems
from apps.users.api.v1 import serializers
from apps.users.api.v1.pages import USER
from apps.users.models import User
from apps.users.services import people
from chassis.methods import Method
from chassis.permissions import scope
from chassis.problems import InvalidState
from chassis.views import View


class StaffView(View):
    """A view of somebody's account, for whoever governs accounts."""

    permission_classes = [scope("users:write")]

    def user(self, user_id: str) -> User:
        return get_object_or_404(User.objects.living(), pk=user_id)


class Invitations(StaffView):
    """An account for somebody, who gets a letter with a token and chooses the password."""

    html = USER
    methods = {
        "POST": Method(
            "Invite somebody",
            reads=serializers.Invitation,
            shows={201: serializers.UserRepresentation},
            refuses=(problems.EmailTaken,),
        )
    }

    def post(self, request: Request) -> Response:
        user = people.invite(by=self.caller, **self.read())
        return self.show(user, status=201, location=f"/{request.version}/users/{user.id}")


class Activate(StaffView):
    """Opening an account that was closed."""

    methods = {"POST": Method("Activate an account", shows={204: None}, refuses=(InvalidState,))}

    def post(self, request: Request, user_id: str) -> Response:
        people.activate(user=self.user(user_id))
        return Response(status=204)


class Deactivate(StaffView):
    """Closing an account: its owner is signed out everywhere, and may not sign in again. Nobody closes their own."""

    methods = {
        "POST": Method("Deactivate an account", shows={204: None}, refuses=(InvalidState, problems.LastAdmin)),
    }

    def post(self, request: Request, user_id: str) -> Response:
        people.deactivate(user=self.user(user_id), by=self.caller)
        return Response(status=204)


class RolesOfUser(StaffView):
    """All roles of somebody. Nobody gives what they may not do; who may do less than before is signed out."""

    permission_classes = [scope("users:admin")]
    html = USER
    methods = {
        "PUT": Method(
            "Replace somebody's roles",
            reads=serializers.RolesBody,
            shows={200: serializers.UserRepresentation},
            refuses=(problems.LastAdmin,),
            compares=True,
        )
    }

    def put(self, request: Request, user_id: str) -> Response:
        user = self.user(user_id)
        self.require_version(user)
        return self.show(people.change_roles(user=user, by=self.caller, **self.read()))
