"""The resources of version 1."""

from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import services
from apps.users.api.v1 import serializers
from apps.users.api.v1.filters import UserFilters
from apps.users.models import Role, User
from chassis.callers import caller_of
from chassis.pages import Page
from chassis.permissions import Anyone, People, by_method, scope
from chassis.problems import Forbidden, NotAuthenticated
from chassis.views import ListView, View

USER = Page(heading="{full_name}", columns=("email", "full_name", "roles", "is_active", "created_at"))


class Users(ListView):
    """People with an account. Anybody may open one; staff see them all."""

    queryset = User.objects.all()
    permission_classes = [by_method(get=scope("users:read"), post=Anyone)]
    serializer_class = serializers.UserRepresentation
    html = USER
    filterset_class = UserFilters
    orderings = ("-created_at", "created_at", "email", "-email")

    @extend_schema(responses={200: serializers.UserRepresentation(many=True)})
    def get(self, request: Request) -> Response:
        return self.page(self.get_queryset())

    @extend_schema(request=serializers.Registration, responses={201: serializers.UserRepresentation})
    def post(self, request: Request) -> Response:
        user = services.register(**self.read(serializers.Registration))
        return self.show(user, status=201, location=f"/v1/users/{user.id}")


class OneUser(View):
    """Oneself, or for staff anybody."""

    permission_classes = [People]
    serializer_class = serializers.UserRepresentation
    html = USER

    @extend_schema(responses={200: serializers.UserRepresentation})
    def get(self, request: Request, user_id: str) -> Response:
        return self.show(get_object_or_404(User.objects.visible_to(self.caller), pk=user_id))


class Me(View):
    """Oneself."""

    permission_classes = [People]
    serializer_class = serializers.UserRepresentation
    html = USER

    @extend_schema(responses={200: serializers.UserRepresentation})
    def get(self, request: Request) -> Response:
        return self.show(self._me())

    @extend_schema(request=serializers.ProfileChange, responses={200: serializers.UserRepresentation})
    def patch(self, request: Request) -> Response:
        user = self._me()
        self.require_version(user)
        return self.show(services.change_profile(user=user, **self.read(serializers.ProfileChange)))

    def _me(self) -> User:
        return get_object_or_404(User.objects.all(), pk=self.caller.id)


class Tokens(View):
    """Signing in."""

    permission_classes = [Anyone]
    serializer_class = serializers.GrantRepresentation
    one_transaction = False

    @extend_schema(request=serializers.Credentials, responses={200: serializers.GrantRepresentation})
    def post(self, request: Request) -> Response:
        return self.show(services.sign_in(**self.read(serializers.Credentials)))


class Refresh(View):
    """Staying signed in."""

    permission_classes = [Anyone]
    serializer_class = serializers.GrantRepresentation
    one_transaction = False

    @extend_schema(request=serializers.Refreshment, responses={200: serializers.GrantRepresentation})
    def post(self, request: Request) -> Response:
        return self.show(services.refresh(**self.read(serializers.Refreshment)))


class Revoke(View):
    """Signing out: here by the refresh token alone, everywhere with one's access token."""

    permission_classes = [Anyone]
    serializer_class = serializers.Revocation

    @extend_schema(request=serializers.Revocation, responses={204: None})
    def post(self, request: Request) -> Response:
        body = self.read(serializers.Revocation)
        if "refresh_token" in body:
            services.revoke(refresh_token=body["refresh_token"])
        else:
            services.revoke_all(user_id=_person(request))
        return Response(status=204)


class Roles(View):
    """The roles there are, and the scopes that each of them opens. The list is closed and has one page."""

    permission_classes = [scope("users:read")]
    serializer_class = serializers.RoleRepresentation

    @extend_schema(responses={200: serializers.ROLES})
    def get(self, request: Request) -> Response:
        return Response({"data": self.get_serializer(list(Role), many=True).data, "next": None, "previous": None})


def _person(request: Request) -> str:
    """The id of the person who asks; who may end all sign-ins depends on the body, so no permission class can tell."""
    caller = caller_of(request)
    if caller.is_anonymous:
        raise NotAuthenticated("Only your own access token says whose sign-ins to end")
    if caller.kind != "user":
        raise Forbidden("Only people have sign-ins")
    return caller.id
