"""One's own API keys. A key makes no keys: only whoever signs in themselves is let in here."""

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import problems
from apps.users.api.v1 import programs
from apps.users.models import ApiKey
from apps.users.services import api_keys
from chassis.methods import Method
from chassis.pages import Form, Page
from chassis.permissions import InPerson
from chassis.problems import InvalidState
from chassis.views import ListView, View

API_KEY = Page(
    heading="{name}",
    columns=("name", "prefix", "scopes", "expires_at", "last_used_at", "revoked_at"),
    forms={"POST": Form("Make a key"), "DELETE": Form("Revoke", method="DELETE")},
)


class MyApiKeys(ListView):
    """One's own API keys, 20 good ones at most. What a key opens ends where its owner may do no more."""

    permission_classes = [InPerson]
    html = API_KEY
    orderings = ("-created_at", "created_at")
    methods = {
        "GET": Method("List one's API keys", lists=programs.ShownApiKey),
        "POST": Method(
            "Make an API key",
            reads=programs.NewApiKey,
            shows={201: programs.ApiKeyWithSecret},
            refuses=(problems.ApiKeyLimit,),
        ),
    }

    def get(self, request: Request) -> Response:
        return self.page(ApiKey.objects.filter(user_id=self.caller.id))

    def post(self, request: Request) -> Response:
        made, secret = api_keys.create_api_key(user_id=self.caller.id, **self.read())
        location = f"/{request.version}/users/me/api-keys/{made.id}"
        return self.show(made, status=201, location=location, key=secret)


class OfMyApiKey(View):
    """A view of one of one's own keys; those of others are not there."""

    permission_classes = [InPerson]
    html = API_KEY

    def api_key(self, api_key_id: str) -> ApiKey:
        return get_object_or_404(ApiKey.objects.filter(user_id=self.caller.id), pk=api_key_id)


class MyApiKey(OfMyApiKey):
    """One API key. Deleting revokes it at once; what it did stays on record."""

    methods = {
        "GET": Method("Read an API key", shows={200: programs.ShownApiKey}),
        "DELETE": Method("Revoke an API key", shows={204: None}),
    }

    def get(self, request: Request, api_key_id: str) -> Response:
        return self.show(self.api_key(api_key_id))

    def delete(self, request: Request, api_key_id: str) -> Response:
        api_keys.revoke_api_key(api_key=self.api_key(api_key_id))
        return Response(status=204)


class RotateApiKey(OfMyApiKey):
    """A new secret for a key; the present one works for a while, so that programs can change over."""

    methods = {
        "POST": Method(
            "Rotate an API key",
            reads=programs.Rotation,
            shows={200: programs.ApiKeyWithSecret},
            refuses=(InvalidState,),
        )
    }

    def post(self, request: Request, api_key_id: str) -> Response:
        rotated, secret = api_keys.rotate_api_key(api_key=self.api_key(api_key_id), **self.read())
        return self.show(rotated, key=secret)
