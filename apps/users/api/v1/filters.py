"""What the list of users may be asked."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from apps.users.models import Role, User


@extend_schema_field(OpenApiTypes.BOOL)
class TrueOrFalse(filters.TypedChoiceFilter):
    """`true` or `false`; django-filter's own BooleanFilter takes any other word for no filter at all."""

    def __init__(self, **options: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce=lambda text: text == "true", **options)


class UserFilters(filters.FilterSet):
    email = filters.CharFilter(method="with_email", label="The whole address, in any spelling")
    role = filters.ChoiceFilter(method="holding", choices=Role.choices)
    is_active = TrueOrFalse()

    class Meta:
        model = User
        fields: list[str] = []

    def with_email(self, queryset: Any, name: str, email: str) -> Any:
        return queryset.with_email(email)

    def holding(self, queryset: Any, name: str, role: str) -> Any:
        return queryset.holding(role)
