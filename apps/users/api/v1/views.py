"""The resources of version 1."""

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import problems
from apps.users.api.v1 import serializers
from apps.users.api.v1.filters import UserFilters
from apps.users.models import Role, User
from apps.users.services import accounts, sign_ins
from chassis.callers import caller_of
from chassis.methods import Method
from chassis.pages import Page
from chassis.permissions import Anyone, People, by_method, scope
from chassis.problems import Forbidden, NotAuthenticated
from chassis.views import ListView, View

USER = Page(heading="{full_name}", columns=("email", "full_name", "roles", "is_active", "created_at"))


class Users(ListView):
    """People with an account. Anybody may open one; staff see them all."""

    queryset = User.objects.all()
    permission_classes = [by_method(get=scope("users:read"), post=Anyone)]
    throttle_scopes = {"POST": "register"}
    html = USER
    filterset_class = UserFilters
    orderings = ("-created_at", "created_at", "email", "-email")
    methods = {
        "GET": Method("List people", lists=serializers.UserRepresentation),
        "POST": Method(
            "Open an account",
            reads=serializers.Registration,
            shows={201: serializers.UserRepresentation},
            refuses=(problems.EmailTaken, problems.WeakPassword),
        ),
    }

    def get(self, request: Request) -> Response:
        return self.page(self.get_queryset())

    def post(self, request: Request) -> Response:
        user = accounts.register(**self.read())
        return self.show(user, status=201, location=f"/{request.version}/users/{user.id}")


class OneUser(View):
    """Oneself, or for staff anybody."""

    permission_classes = [People]
    html = USER
    methods = {"GET": Method("Read a person", shows={200: serializers.UserRepresentation})}

    def get(self, request: Request, user_id: str) -> Response:
        return self.show(get_object_or_404(User.objects.visible_to(self.caller), pk=user_id))


class Me(View):
    """Oneself."""

    permission_classes = [People]
    html = USER
    methods = {
        "GET": Method("Read oneself", shows={200: serializers.UserRepresentation}),
        "PATCH": Method(
            "Change one's profile",
            reads=serializers.ProfileChange,
            shows={200: serializers.UserRepresentation},
            compares=True,
        ),
    }

    def get(self, request: Request) -> Response:
        return self.show(self._me())

    def patch(self, request: Request) -> Response:
        user = self._me()
        self.require_version(user)
        return self.show(accounts.change_profile(user=user, **self.read()))

    def _me(self) -> User:
        return get_object_or_404(User.objects.all(), pk=self.caller.id)


class Tokens(View):
    """Signing in."""

    permission_classes = [Anyone]
    throttle_scopes = {"POST": "sign_in"}
    one_transaction = False
    methods = {
        "POST": Method(
            "Sign in",
            reads=serializers.Credentials,
            shows={200: serializers.GrantRepresentation},
            refuses=(problems.InvalidCredentials,),
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


class Roles(View):
    """The roles there are, and the scopes that each of them opens. The list is closed and has one page."""

    permission_classes = [scope("users:read")]
    methods = {"GET": Method("List the roles", lists=serializers.RoleRepresentation)}

    def get(self, request: Request) -> Response:
        return self.show_all(Role)


def _person(request: Request) -> str:
    """The id of the person who asks; who may end all sign-ins depends on the body, so no permission class can tell."""
    caller = caller_of(request)
    if caller.is_anonymous:
        raise NotAuthenticated("Only your own access token says whose sign-ins to end")
    if caller.kind != "user":
        raise Forbidden("Only people have sign-ins")
    return caller.id
