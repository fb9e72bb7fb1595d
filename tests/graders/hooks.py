"""What requests need and no description can say. schemathesis loads this file by its name in schemathesis.toml."""

from typing import Any
from uuid import uuid4

import schemathesis


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """JSON Schema takes 1.0 for an integer. Here it is refused, so that sums in floats are found at once."""
    if isinstance(body, dict):
        return {name: map_body(context, inner) for name, inner in body.items()}
    if isinstance(body, list):
        return [map_body(context, inner) for inner in body]
    return int(body) if isinstance(body, float) and body.is_integer() else body


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """A good request is a new command, and brings no cursor: nobody can make one up."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    case.query.pop("cursor", None)
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid4())
