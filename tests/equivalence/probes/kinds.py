"""What a value is, to be told in JSON."""

from typing import Any


def kinds(value: Any) -> Any:
    """The names of the types, in the form of the value."""
    if isinstance(value, dict):
        return {f"{type(key).__name__} {key}": kinds(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [type(value).__name__, *(kinds(inner) for inner in value)]
    return type(value).__name__
