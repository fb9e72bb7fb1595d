"""Every text, list and integer of an API document says how long or how large it can be."""

from typing import Any

LIMITS: dict[str, dict[str, Any]] = {
    "string": {"maxLength": 20_000},
    "array": {"maxItems": 10_000},
    "integer": {"format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1},
}
LENGTHS = {"date-time": 30, "uri": 8000, "decimal": 20}


def limit(schema: Any) -> None:
    """Say it in this schema, and in those within it, where nothing narrower is said."""
    for inner in schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ():
        limit(inner)
    if not isinstance(schema, dict) or "enum" in schema:
        return
    kinds = schema.get("type", ())
    for kind, limits in LIMITS.items():
        if kind == kinds or (isinstance(kinds, list) and kind in kinds):
            schema.update({name: most for name, most in limits.items() if name not in schema})
    if "maxLength" in schema:
        schema["maxLength"] = min(schema["maxLength"], LENGTHS.get(schema.get("format", ""), schema["maxLength"]))
