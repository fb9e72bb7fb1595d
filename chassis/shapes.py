"""How the shapes of bodies are described: with every limit that is checked when they are read."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from chassis.identifiers import ID_PATTERN, IdField


class ShapeSchema(AutoSchema):
    """DRF Spectacular's, told what our fields and serializers check besides what DRF's own do."""

    def _map_serializer(self, serializer: Any, direction: Any, *extensions: Any, **options: Any) -> Any:
        """Bodies have no other members than these; answers have all of them, but for what is shown only sometimes."""
        schema: dict[str, Any] = super()._map_serializer(serializer, direction, *extensions, **options)  # type: ignore[no-untyped-call]  # it has no types
        if not vars(type(serializer)).get("__doc__"):
            schema.pop("description", None)  # its base's is about something else
        if "properties" not in schema:
            return schema
        if direction == "request":
            return {**schema, **_alternatives(serializer), "additionalProperties": False}
        sometimes = getattr(serializer, "sometimes", ())
        return {**schema, "required": [name for name in schema["properties"] if name not in sometimes]}

    def _map_serializer_field(self, field: Any, *more: Any, **options: Any) -> Any:
        schema = super()._map_serializer_field(field, *more, **options)  # type: ignore[no-untyped-call]  # it has no types
        return schema and {**schema, **_lengths(field)}

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        super()._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]  # it has no types
        schema.update({**getattr(field, "described", {}), **_of_id(field), **schema})


def _alternatives(serializer: Any) -> dict[str, Any]:
    """One of these members is sent, and no other of them."""
    names = getattr(serializer, "exactly_one", ())
    return {"oneOf": [{"required": [name]} for name in names]} if names else {}


def _lengths(field: Any) -> dict[str, Any]:
    """How many a list has at least and at most."""
    if not isinstance(field, serializers.ListSerializer):
        return {}
    most = getattr(field, "max_length", None)  # its stubs do not know it
    return {**({} if field.allow_empty else {"minItems": 1}), **({} if most is None else {"maxItems": most})}


def _of_id(field: Any) -> dict[str, Any]:
    """An id says what it is of."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    column = next((one for one in model._meta.fields if one.name == field.source), None) if model else None
    if not isinstance(column, IdField):
        return {}
    return {"pattern": f"^{ID_PATTERN.pattern.replace('[a-z]{3}', column.prefix, 1)}$", "maxLength": 30}
