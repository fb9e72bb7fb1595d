"""How the API describes itself (OpenAPI 3.1): what every operation has in common is said here, once."""

from types import SimpleNamespace
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from chassis.callers import NOBODY
from chassis.problems import MEDIA_TYPE

PROBLEM = {
    "type": "object",
    "description": "RFC 9457; `code` is the word to compare",
    "required": ["type", "title", "status", "code", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


class Schema(AutoSchema):
    """DRF Spectacular's, with a problem for every refusal and the `Idempotency-Key` where it is read."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        bodies["default"] = {"description": "A problem", "content": {MEDIA_TYPE: {"schema": PROBLEM}}}
        return bodies

    def get_auth(self) -> list[Any]:
        """What opens the operation; an empty entry says that it is open to nobody in particular too."""
        nobody: Any = SimpleNamespace(user=NOBODY, method=self.method)
        is_open = all(permission.has_permission(nobody, self.view) for permission in self.view.get_permissions())
        return [*super().get_auth(), *([{}] if is_open else [])]

    def get_override_parameters(self) -> list[Any]:
        idempotency = getattr(self.view, "idempotency", "natural")
        if self.method != "POST" or idempotency == "natural":
            return []
        required = idempotency == "required"
        about = "Names this command: sent again with the same key, it is done once and answered the same"
        return [OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=required, description=about)]

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        """Ids are text; they need no look at the database's columns."""
        text = {"type": "string", "maxLength": 64}
        return [{"name": name, "in": "path", "required": True, "schema": text} for name in variables]


class Bearer(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it has no types
    target_class = "chassis.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class Cookie(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it has no types
    target_class = "chassis.authentication.CookieAuthentication"
    name = "cookie"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "access_token"}
