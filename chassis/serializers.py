"""Bodies with a schema: what a schema does not know, it refuses."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from chassis.projections import Projection, milliseconds

MAX_AMOUNT = 10**12
# As JSON Schema reads them: no NUL, which PostgreSQL does not keep; the second has something besides what is trimmed.
ANY_TEXT = r"^[^\u0000]*$"
SOME_TEXT = r"^[^\u0000]*[^\s\u0000\u001c-\u001f\u0085][^\u0000]*$"


class Strict(serializers.Serializer):  # type: ignore[type-arg]  # generic only for the type checker
    """A body of which every member is known and writable; any other is a 400 that points at it.

    Of the members that `exactly_one` names there is one, and no other of them.
    """

    exactly_one: ClassVar[tuple[str, ...]] = ()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            stray = {name: [_why(name, self.fields)] for name in data if name not in writable}
            if stray:
                raise serializers.ValidationError(stray)
        return super().to_internal_value(data)

    def validate(self, attrs: Any) -> Any:
        if self.exactly_one and len(attrs.keys() & {*self.exactly_one}) != 1:
            why = f"Send either {' or '.join(self.exactly_one)}"
            raise serializers.ValidationError(why, code="_or_".join(self.exactly_one))
        return attrs


class Integer(serializers.IntegerField):
    """A JSON integer: no string, no float and no boolean passes for one."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Boolean(serializers.BooleanField):
    """A JSON boolean: no string and no number passes for one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Text(serializers.CharField):
    """A JSON string, trimmed; no number passes for one."""

    @property
    def described(self) -> dict[str, str]:
        """What the API document says of it besides its length."""
        return {"pattern": ANY_TEXT if self.allow_blank or not self.trim_whitespace else SOME_TEXT}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Change(Integer):
    """How much more, or less: anything but 0."""

    described: ClassVar[dict[str, Any]] = {"not": {"const": 0}}
    default_error_messages = {"zero": "A change is not 0."}

    def to_internal_value(self, data: Any) -> int:
        change = super().to_internal_value(data)
        if not change:
            self.fail("zero")
        return change


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


class Code(serializers.RegexField):
    """A text of one form, which makes it at most so long: `Code("[A-Z]{2}", longest=2)`."""

    def __init__(self, form: str, *, longest: int, **options: Any) -> None:
        super().__init__(rf"^{form}\Z", **options)
        self.described = {"maxLength": longest}


class Currency(Code):
    """An ISO 4217 code in upper case."""

    def __init__(self, **options: Any) -> None:
        super().__init__("[A-Z]{3}", longest=3, **options)


class Money(serializers.Serializer):  # type: ignore[type-arg]
    """Money as newer versions show it: `{"amount": 1999, "currency": "EUR"}`.

    The amount is that of the thing which the member is named after; `currency` is where the currency stands, seen
    from the thing.
    """

    amount = serializers.IntegerField()
    currency = serializers.CharField()

    def __init__(self, currency: str = "currency", **options: Any) -> None:
        super().__init__(**{"source": "*", "read_only": True, **options})
        self._currency = attrgetter(currency)

    def to_representation(self, thing: Any) -> dict[str, Any]:
        return {"amount": getattr(thing, str(self.field_name)), "currency": self._currency(thing)}


class MoneyBody(Strict):
    """The same as clients send it."""

    amount = Amount()
    currency = Currency()


class LinkShape(serializers.Serializer):  # type: ignore[type-arg]
    """Where to go, and with which method."""

    href = serializers.URLField()
    method = serializers.ChoiceField(["GET", "POST", "PUT", "PATCH", "DELETE"])


class Links(serializers.DictField):
    """What can be done next, by relation: `{"pay": {"href": "https://…", "method": "POST"}}`, as `of` tells it."""

    child = LinkShape()

    def __init__(self, of: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(**{"source": "*", "read_only": True, **options})
        self._of = of

    def to_representation(self, thing: Any) -> Any:
        return self._of(thing)


class MilliTime(serializers.DateTimeField):
    """RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.000Z`."""

    def to_representation(self, value: Any) -> Any:
        return milliseconds(value)


class Representation(serializers.ModelSerializer):  # type: ignore[type-arg]
    """What clients see of a model: read only, with times as this API writes them.

    Where there are lists of it, `projection` makes the same of their rows. `sometimes` names the members that not every
    caller gets.
    """

    projection: ClassVar[Projection]
    sometimes: ClassVar[tuple[str, ...]] = ()
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
