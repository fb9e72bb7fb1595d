"""People: those who join, oneself, and for staff everybody."""

from dataclasses import replace

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import problems
from apps.users.api.v1 import serializers
from apps.users.api.v1.filters import UserFilters
from apps.users.api.v1.pages import USER
from apps.users.models import Role, User
from apps.users.services import accounts
from chassis.methods import Method
from chassis.permissions import Anyone, People, by_method, scope
from chassis.views import ListView, View

PROFILE = Method(
    "Change one's profile",
    reads=serializers.ProfileChange,
    shows={200: serializers.UserRepresentation},
    compares=True,
)


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

    permission_classes = [by_method(get=People | scope("users:read"), patch=scope("users:write"))]
    html = USER
    methods = {
        "GET": Method("Read a person", shows={200: serializers.UserRepresentation}),
        "PATCH": replace(PROFILE, summary="Change the profile of a person"),
    }

    def get(self, request: Request, user_id: str) -> Response:
        return self.show(get_object_or_404(User.objects.visible_to(self.caller), pk=user_id))

    def patch(self, request: Request, user_id: str) -> Response:
        user = get_object_or_404(User.objects.living(), pk=user_id)
        self.require_version(user)
        return self.show(accounts.change_profile(user=user, **self.read()))


class OneselfView(View):
    """A view of something that the caller has."""

    permission_classes = [People]

    def me(self) -> User:
        return get_object_or_404(User.objects.all(), pk=self.caller.id)


class Me(OneselfView):
    """Oneself."""

    html = USER
    methods = {"GET": Method("Read oneself", shows={200: serializers.UserRepresentation}), "PATCH": PROFILE}

    def get(self, request: Request) -> Response:
        return self.show(self.me())

    def patch(self, request: Request) -> Response:
        user = self.me()
        self.require_version(user)
        return self.show(accounts.change_profile(user=user, **self.read()))


class Roles(View):
    """The roles there are, and the scopes that each of them opens. The list is closed and has one page."""

    permission_classes = [scope("users:read")]
    methods = {"GET": Method("List the roles", lists=serializers.RoleRepresentation)}

    def get(self, request: Request) -> Response:
        return self.show_all(Role)
