"""What clients send, and what they see, of programs of integrators and of the API keys of people."""

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from rest_framework import serializers

from apps.users.api.v1.program_projections import API_KEY_COLUMNS, API_KEYS, CLIENTS, GRANTS
from apps.users.models import ApiKey, RegisteredClient
from apps.users.models.api_keys import LIFE_DAYS, LONGEST_LIFE_DAYS, OVERLAP_SECONDS
from apps.users.models.clients import REDIRECT_URI
from apps.users.models.scopes import OWN, SCOPES, STAFF
from chassis.serializers import Boolean, Integer, Representation, Strict, Text

WEEK_SECONDS = 7 * 86_400


class Label(Text):
    """What people call a program: one line."""

    def __init__(self, **options: Any) -> None:
        one_line = RegexValidator(r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$", "A name is one line of text")
        super().__init__(max_length=100, validators=[one_line], **options)


class Scopes(serializers.ListField):
    """What is allowed, by the names of scopes."""

    def __init__(self, names: Any, **options: Any) -> None:
        super().__init__(child=serializers.ChoiceField([*names]), min_length=1, max_length=len(names), **options)


class Names(serializers.ListField):
    """Some words."""

    child: Any = serializers.CharField()


class NewApiKey(Strict):
    """A key for a program that asks in one's name."""

    name = Label()
    scopes = Scopes([*OWN, *STAFF])
    expires_in_days = Integer(min_value=1, max_value=LONGEST_LIFE_DAYS, default=LIFE_DAYS)


class Rotation(Strict):
    """How many seconds the present secret is good beside the new one."""

    overlap_seconds = Integer(min_value=0, max_value=WEEK_SECONDS, default=OVERLAP_SECONDS)


class ShownApiKey(Representation):
    """A key, without its secret."""

    projection = API_KEYS
    scopes = Names(read_only=True)

    class Meta:
        model = ApiKey
        fields: ClassVar[tuple[str, ...]] = API_KEY_COLUMNS


class ApiKeyWithSecret(ShownApiKey):
    """A key as its making answers it: the secret, whole, this once."""

    key = serializers.CharField(required=False)

    class Meta(ShownApiKey.Meta):
        fields = (*API_KEY_COLUMNS, "key")


class NewClient(Strict):
    """A program: one that asks for itself, or one that people allow to ask for them and that is led back to them."""

    name = Label()
    grant = serializers.ChoiceField([*GRANTS.values()])
    scopes = Scopes(SCOPES)
    redirect_uris = serializers.ListField(
        child=serializers.RegexField(REDIRECT_URI, max_length=500), max_length=10, default=list
    )
    is_public = Boolean(default=False)


class ShownClient(Representation):
    """A program of an integrator."""

    projection = CLIENTS
    id = serializers.CharField(source="client_id", read_only=True)
    grant = serializers.SerializerMethodField()
    scopes = Names(read_only=True)
    redirect_uris = serializers.SerializerMethodField()
    is_public = serializers.BooleanField(read_only=True)

    class Meta:
        model = RegisteredClient
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "name", "grant", "scopes", "redirect_uris", "is_public", "is_active"),
            *("created_at", "updated_at", "version"),
        )

    def get_grant(self, client: RegisteredClient) -> str:
        return GRANTS[client.authorization_grant_type]

    def get_redirect_uris(self, client: RegisteredClient) -> list[str]:
        return client.redirect_uris.split()


class ClientWithSecret(ShownClient):
    """A program as its registration answers it: its secret, if it can keep one, this once."""

    sometimes = ("client_secret",)
    # The column of this name holds a digest, which is for nobody to see.
    client_secret = serializers.CharField(source="shown_once", required=False)

    class Meta(ShownClient.Meta):
        fields = (*ShownClient.Meta.fields, "client_secret")
