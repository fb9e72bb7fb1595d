"""What other services may know of people, and of the keys that programs bring them."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users.api.internal.projections import CUSTOMERS
from apps.users.models import User
from apps.users.services.api_keys import known_key
from chassis.methods import Method
from chassis.permissions import service
from chassis.serializers import Representation, Strict
from chassis.views import View


class CustomerRepresentation(Representation):
    projection = CUSTOMERS

    class Meta:
        model = User
        fields = ("id", "email", "full_name", "is_active")


class Customer(View):
    """Whom an order belongs to. For orders alone, which hears of every change, and knows them while users is down."""

    permission_classes = [service("orders", scope="users:read")]
    cache_control = "private, max-age=60, stale-if-error=86400"
    methods = {"GET": Method("Read a customer", shows={200: CustomerRepresentation})}
    versioning_class = None

    def get(self, request: Request, user_id: str) -> Response:
        return self.show_row_with_id(user_id)


class ShownKey(Strict):
    """An API key, by the SHA-256 digest of it: whoever asks has been shown it, and passes it on to nobody."""

    digest = serializers.RegexField(r"^[0-9a-f]{64}\Z", max_length=64)


class Sorted(serializers.ListField):
    """Words of a set, in an order that is always the same."""

    child = serializers.CharField()

    def to_representation(self, data: Any) -> Any:
        return super().to_representation(sorted(data))


class GoodKey(serializers.Serializer):
    """Whose it is, and what it opens now; `expires_at` is in seconds since 1970."""

    id = serializers.CharField()
    owner_id = serializers.CharField()
    email = serializers.CharField(allow_blank=True)
    scopes = Sorted()
    expires_at = serializers.IntegerField()


class KeyAnswer(serializers.Serializer):
    """What was asked about; null if it is good for nothing, whatever the reason."""

    api_key = GoodKey(allow_null=True)


class ApiKeyIntrospections(View):
    """What an API key opens now, as RFC 7662 tells it of tokens."""

    permission_classes = [service("orders", "payments", scope="api_keys:read")]
    # Whoever asks again wants to know what it opens now.
    idempotency = "natural"
    one_transaction = False
    versioning_class = None
    methods = {"POST": Method("Say what an API key opens", reads=ShownKey, shows={200: KeyAnswer})}

    def post(self, request: Request) -> Response:
        return self.show({"api_key": known_key(self.read()["digest"])})
