"""Tokens: signing in, staying signed in, signing out."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import problems
from apps.users.api.v1 import serializers
from apps.users.services import sign_ins
from chassis.callers import caller_of
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.problems import Forbidden, NotAuthenticated
from chassis.views import View


class Tokens(View):
    """Signing in."""

    permission_classes = [Anyone]
    throttle_scopes = {"POST": "sign_in"}
    # Wrong passwords are counted although they are refused.
    one_transaction = False
    methods = {
        "POST": Method(
            "Sign in",
            reads=serializers.Credentials,
            shows={200: serializers.GrantRepresentation},
            refuses=(problems.InvalidCredentials, problems.EmailNotVerified),
        )
    }

    def post(self, request: Request) -> Response:
        return self.show(sign_ins.sign_in(**self.read()))


class Refresh(View):
    """Staying signed in."""

    permission_classes = [Anyone]
    one_transaction = False
    methods = {
        "POST": Method(
            "Stay signed in",
            reads=serializers.Refreshment,
            shows={200: serializers.GrantRepresentation},
            refuses=(problems.TokenReused,),
        )
    }

    def post(self, request: Request) -> Response:
        return self.show(sign_ins.refresh(**self.read()))


class Revoke(View):
    """Signing out: here by the refresh token alone, everywhere with one's access token."""

    permission_classes = [Anyone]
    methods = {"POST": Method("Sign out", reads=serializers.Revocation, shows={204: None})}

    def post(self, request: Request) -> Response:
        body = self.read()
        if "refresh_token" in body:
            sign_ins.revoke(refresh_token=body["refresh_token"])
        else:
            sign_ins.revoke_all(user_id=_person(request))
        return Response(status=204)


def _person(request: Request) -> str:
    """The id of the person who asks; who may end all sign-ins depends on the body, so no permission class can tell."""
    caller = caller_of(request)
    if caller.is_anonymous:
        raise NotAuthenticated("Only your own access token says whose sign-ins to end")
    if not caller.is_in_person:
        raise Forbidden("Only people have sign-ins, and end them themselves")
    return caller.id
