"""Accounts in the admin: found, named, given roles, closed and opened, as the API has it."""

from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter, action, display, register
from django.http import HttpRequest

from apps.users.admin.sites import site
from apps.users.admin.tables import ServiceForm, Table
from apps.users.api.v1.serializers import Invitation, ProfileChange, RolesBody
from apps.users.models import Role, User, normal_email
from apps.users.services import people
from apps.users.services.accounts import change_profile
from apps.users.services.sign_ins import revoke_all

FACTS = ("email", "is_active", "email_verified_at", "created_at", "updated_at", "id")


class ByRole(SimpleListFilter):
    title, parameter_name = "role", "role"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        return Role.choices

    def queryset(self, request: Any, queryset: Any) -> Any:
        return queryset.holding(self.value()) if self.value() else queryset


class RolesForm(ServiceForm):
    roles = forms.MultipleChoiceField(choices=Role.choices, widget=forms.CheckboxSelectMultiple)


class InvitationForm(RolesForm):
    reads = Invitation
    email = forms.EmailField(max_length=254)
    full_name = forms.CharField(max_length=200, required=False, help_text="Until then they are called by their address")


class NameAndRoles(ProfileChange, RolesBody):
    """What can be changed here."""


class AccountForm(RolesForm):
    """`seen` is the version that the page was made of, so that nobody overwrites what they have not seen."""

    reads = NameAndRoles
    full_name = forms.CharField(max_length=200)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["seen"].initial = self.instance.version


@register(User, site=site)
class Accounts(Table):
    """People: whoever is invited, renamed, given roles, closed, opened or signed out is so by a service."""

    list_display = ("email", "full_name", "held", "is_active", "email_verified_at", "created_at")
    list_filter = ("is_active", ByRole)
    lookups = ("is_active__exact", "role")
    search_fields = ("email",)
    ordering = ("-created_at",)
    actions = ("activate", "deactivate", "sign_out")

    @display(description="roles")
    def held(self, user: User) -> str:
        return ", ".join(user.roles)

    @action(description="Activate")
    def activate(self, request: HttpRequest, rows: Any) -> None:
        self.give_each(request, rows, lambda user: people.activate(user=user), "Activated")

    @action(description="Deactivate, which ends every sign-in")
    def deactivate(self, request: Any, rows: Any) -> None:
        self.give_each(request, rows, lambda user: people.deactivate(user=user, by=request.user), "Deactivated")

    @action(description="Sign out everywhere")
    def sign_out(self, request: HttpRequest, rows: Any) -> None:
        self.give_each(request, rows, lambda user: revoke_all(user_id=user.id), "Signed out")

    def called(self, row: Any) -> str:
        return str(row.email)

    def has_add_permission(self, request: Any) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.filter(email__contains=normal_email(search_term)), False

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002  Django's own
        return super().get_form(request, obj, change, **{**options, "form": AccountForm if obj else InvitationForm})

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        return ("full_name", "roles", "seen", *FACTS) if obj else ("email", "full_name", "roles")

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        return FACTS if obj else ()

    def save_model(self, request: Any, obj: Any, form: Any, change: Any) -> None:
        if not change:
            obj.pk = people.invite(by=request.user, **form.body).pk
            return
        obj.version = form.cleaned_data["seen"]
        # Roles first: that locks all admins, and whoever holds one of their rows already could wait in a circle.
        people.change_roles(user=obj, roles=form.body["roles"], by=request.user)
        change_profile(user=obj, full_name=form.body["full_name"])
