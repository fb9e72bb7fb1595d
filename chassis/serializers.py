"""Bodies with a schema: what a schema does not know, it refuses."""

from datetime import UTC
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

MAX_AMOUNT = 10**12


class Strict(serializers.Serializer):  # type: ignore[type-arg]  # generic only for the type checker
    """A body of which every member is known and writable; any other is a 400 that points at it."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            stray = {name: [_why(name, self.fields)] for name in data if name not in writable}
            if stray:
                raise serializers.ValidationError(stray)
        return super().to_internal_value(data)


class Integer(serializers.IntegerField):
    """A JSON integer: no string, no float and no boolean passes for one."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A JSON string, trimmed; no number passes for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class AnyObject(serializers.DictField):
    """A JSON object of whatever members, to be kept as it is. PostgreSQL keeps no NUL, so none may be in it."""

    default_error_messages = {"null_characters_not_allowed": "Null characters are not allowed."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value: dict[str, Any] = super().to_internal_value(data)
        if _has_nul(value):
            self.fail("null_characters_not_allowed")
        return value


class Amount(Integer):
    """Money in minor units: an integer from 0 to 10^12."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": MAX_AMOUNT, **options})


class Currency(serializers.RegexField):
    """An ISO 4217 code in upper case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^[A-Z]{3}\Z", **options)


class MilliTime(serializers.DateTimeField):
    """RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.000Z`."""

    def to_representation(self, value: Any) -> Any:
        in_utc = None if value is None else value.astimezone(UTC)
        return in_utc and in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Representation(serializers.ModelSerializer):  # type: ignore[type-arg]
    """What clients see of a model: read only, with times as this API writes them."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: MilliTime,
    }


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    inside = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_has_nul, inside))


def _why(name: str, fields: Any) -> ErrorDetail:
    if name in fields:
        return ErrorDetail("This is not for callers to set", code="read_only")
    return ErrorDetail("There is no such member", code="unknown_field")
