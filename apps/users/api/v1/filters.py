"""What the list of users may be asked."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field

from apps.users.models import Role, User
from chassis.filters import TextFilter


class TrueOrFalse(filters.TypedChoiceFilter):
    """`true` or `false`; django-filter's own BooleanFilter takes any other word for no filter at all."""

    def __init__(self, about: str, **options: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce=lambda text: text == "true", **options)
        extend_schema_field({"type": "boolean", "description": about})(self)


class UserFilters(filters.FilterSet):
    email = TextFilter("The whole address, in any spelling", max_length=254, method="with_email")
    role = filters.ChoiceFilter(method="holding", label="A role that they hold", choices=Role.choices)
    is_active = TrueOrFalse("Whether they may sign in")

    class Meta:
        model = User
        fields: list[str] = []

    def with_email(self, queryset: Any, name: str, email: str) -> Any:
        return queryset.with_email(email)

    def holding(self, queryset: Any, name: str, role: str) -> Any:
        return queryset.holding(role)
