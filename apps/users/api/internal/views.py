"""What other services may know of a person."""

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users.models import User
from chassis.methods import Method
from chassis.permissions import service
from chassis.serializers import Representation
from chassis.views import View


class CustomerRepresentation(Representation):
    class Meta:
        model = User
        fields = ("id", "email", "full_name", "is_active")


class Customer(View):
    """Whom an order belongs to. For orders alone."""

    permission_classes = [service("orders", scope="users:read")]
    methods = {"GET": Method("Read a customer", shows={200: CustomerRepresentation})}
    versioning_class = None
    schema = None

    def get(self, request: Request, user_id: str) -> Response:
        return self.show(get_object_or_404(User.objects.all(), pk=user_id))
