"""Programs of integrators and API keys in the admin: who has them, and how they end."""

from typing import Any

from django import forms
from django.contrib.admin import action, display, register
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from apps.users.admin.sites import site
from apps.users.admin.tables import ServiceForm, Table
from apps.users.api.v1.program_projections import GRANTS
from apps.users.api.v1.programs import NewClient
from apps.users.api.v1.views.clients import BY_NAME
from apps.users.models import ApiKey, RegisteredClient
from apps.users.models.scopes import SCOPES
from apps.users.services.api_keys import revoke_api_key
from apps.users.services.clients import deactivate_client, register_client


class ClientForm(ServiceForm):
    reads = NewClient
    name = forms.CharField(max_length=100)
    grant = forms.ChoiceField(choices=[(name, name) for name in BY_NAME])
    scopes = forms.MultipleChoiceField(choices=[*SCOPES.items()], widget=forms.CheckboxSelectMultiple)
    redirect_uris = forms.CharField(required=False, widget=forms.Textarea, help_text="One on each line")
    is_public = forms.BooleanField(required=False, help_text="It can keep no secret")

    def clean_redirect_uris(self) -> list[str]:
        return str(self.cleaned_data["redirect_uris"]).split()


@register(RegisteredClient, site=site)
class Clients(Table):
    """Programs. The answer to a registration shows the secret, once; after that a program can only be closed."""

    list_display = ("name", "client_id", "grant", "asks_for", "is_active", "created_at")
    list_display_links = ("name", "client_id")
    list_filter = ("is_active",)
    lookups = ("is_active__exact",)
    search_fields = ("name__icontains", "client_id__exact")
    ordering = ("-created_at",)
    actions = ("deactivate",)

    @display(description="grant")
    def grant(self, client: RegisteredClient) -> str:
        return GRANTS[client.authorization_grant_type]

    @display(description="scopes")
    def asks_for(self, client: RegisteredClient) -> str:
        return " ".join(client.scopes)

    @action(description="Deactivate, which ends all that it was given")
    def deactivate(self, request: HttpRequest, rows: Any) -> None:
        self.give_each(request, rows, lambda client: deactivate_client(client=client), "Deactivated")

    def called(self, row: Any) -> str:
        return str(row.name)

    def has_add_permission(self, request: Any) -> bool:
        return self.admin_site.has_permission(request)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002  Django's own
        return super().get_form(request, obj, change, **options, **({} if obj else {"form": ClientForm}))

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        if obj is None:
            return ("name", "grant", "scopes", "redirect_uris", "is_public")
        return ("name", "client_id", "grant", "asks_for", "redirect_uris", "client_type", "is_active", "created_at")

    def save_model(self, request: Any, obj: Any, form: Any, change: Any) -> None:
        body = {**form.body, "grant": BY_NAME[form.body["grant"]]}
        form.instance.registered = register_client(**body, held=request.user.scopes)

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """The page itself shows the secret: on the way to another one it would have to be kept."""
        client, secret = obj.registered
        shown = {"title": f"{client.name} is registered", "client": client, "secret": secret}
        context = {**self.admin_site.each_context(request), **shown}
        return TemplateResponse(request, "users/admin/registered.html", context)


@register(ApiKey, site=site)
class ApiKeys(Table):
    """Keys of people, without their secrets, which nobody has but their owners."""

    list_display = ("name", "prefix", "owner", "opened", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("user__email__exact", "prefix__exact", "id__exact")
    fields = ("id", *list_display, "created_at")
    ordering = ("-created_at",)
    actions = ("revoke",)

    @display(description="owner")
    def owner(self, api_key: ApiKey) -> str:
        return api_key.user.email

    @display(description="scopes")
    def opened(self, api_key: ApiKey) -> str:
        return " ".join(api_key.scopes)

    @action(description="Revoke")
    def revoke(self, request: HttpRequest, rows: Any) -> None:
        self.give_each(request, rows, lambda api_key: revoke_api_key(api_key=api_key), "Revoked")

    def called(self, row: Any) -> str:
        return str(row.name)
