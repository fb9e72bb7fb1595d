"""How the API describes itself (OpenAPI 3.1), from what views declare in `methods`."""

from collections.abc import Iterator
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import ResolvedComponent

from chassis.callers import NOBODY
from chassis.examples import example_of, id_in
from chassis.headers import IF_MATCH, IF_NONE_MATCH, answered, asked, idempotency_key, parameter
from chassis.identifiers import ID_PATTERN
from chassis.methods import Method, Shape
from chassis.negotiation import media_types, offered
from chassis.pagination import page_schema
from chassis.problems import MEDIA_TYPE, Problem
from chassis.refusals import refusals
from chassis.shapes import ShapeSchema

OBJECT = {"type": "object"}
TEXT = {"type": "string", "maxLength": 10_000_000}
REFUSAL_HEADERS = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}


class Schema(ShapeSchema):
    """DRF Spectacular's, told by the view's `methods` what is read, shown and refused."""

    view: Any

    @property
    def _declared(self) -> Method:
        declared: Method = self.view.methods[self.method]
        return declared

    def get_summary(self) -> str:
        return self._declared.summary

    def get_request_serializer(self) -> Any:
        reads = self._declared.reads
        return reads and self.view.shape(reads)

    def map_parsers(self) -> list[str]:
        """What programs send; forms are for the pages."""
        return ["application/json", *(["application/merge-patch+json"] if self.method == "PATCH" else [])]

    def get_auth(self) -> list[Any]:
        """What opens the operation; an empty entry says that it is open to nobody in particular too."""
        nobody: Any = SimpleNamespace(user=NOBODY, method=self.method, META={})
        is_open = all(permission.has_permission(nobody, self.view) for permission in self.view.get_permissions())
        return [*super().get_auth(), *([{}] if is_open else [])]

    def get_tags(self) -> list[str]:
        """The resource that it is about: `orders`; `operations`, whichever service they are of."""
        words = [word for word in self.path.split("/") if word]
        return [words[3] if words[1] == "services" else words[1]]

    def get_override_parameters(self) -> list[Any]:
        in_query = (parameter(name, about) for name, about in self.view.reads_parameters.items())
        in_headers = (asked(name, about) for name, about in self.view.reads_headers.items())
        return [*self._own_headers(), *in_headers, *in_query]

    def _own_headers(self) -> list[Any]:
        if self.method == "GET":
            return [] if self._declared.writes else [IF_NONE_MATCH]
        if self._declared.compares:
            return [IF_MATCH]
        is_keyed = self.method == "POST" and self.view.idempotency != "natural"
        return [idempotency_key(required=self.view.idempotency == "required")] if is_keyed else []

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        """Ids are text; they need no look at the database's columns."""
        text = {"type": "string", "pattern": f"^{ID_PATTERN.pattern}$", "maxLength": 30}
        about = {"in": "path", "required": True, "description": "Its id", "schema": text}
        return [{"name": name, **about, "example": id_in(self.path, name)} for name in variables]

    def _is_list_view(self, serializer: Any = None) -> bool:
        return self._declared.lists is not None

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        found = refusals(self.view, self.method, self.path)
        refused = {str(status): self._refusal(status, problems) for status, problems in found.items()}
        other = self._shared("responses", "problem", _problem("Any other problem"))
        return {**dict(sorted({**self._successes(), **refused}.items())), "default": other}

    def _successes(self) -> dict[str, Any]:
        shows = {200: self._declared.lists} if self._declared.lists else self._declared.shows
        answers = {str(status): self._success(status, shape) for status, shape in shows.items()}
        if self._declared.writes:
            content = {kind: {"schema": TEXT if kind.startswith("text/") else OBJECT} for kind in self._declared.writes}
            answers["200"] = {"description": "OK", "headers": answered(), "content": content}
        elif self.method == "GET":
            answers["304"] = {"description": "What is known is still true", "headers": answered("ETag")}
        return answers

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        if self._declared.reads_as:
            return {"content": {self._declared.reads_as: {"schema": TEXT}}, "required": True}
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]  # no types
        is_required = getattr(self.get_request_serializer(), "exactly_one", ())
        return {**body, "required": True} if body and is_required else body

    def _success(self, status: int, shape: Shape | None) -> dict[str, Any]:
        answer = {"description": HTTPStatus(status).phrase, "headers": answered(*self._success_headers(status, shape))}
        if shape is None:
            return answer
        schema = self._shown(shape)
        kinds = self.map_renderers("media_type")
        return {**answer, "content": {kind: {"schema": TEXT if kind.startswith("text/") else schema} for kind in kinds}}

    def _success_headers(self, status: int, shape: Shape | None) -> Iterator[str]:
        """What is read has a tag, and so has what is changed if it has a version."""
        if self.method == "GET" or (shape and "version" in self.view.shape(shape)().fields):
            yield "ETag"
        if status in {201, 202}:
            yield "Location"
        if self._declared.lists:
            yield "Link"
        if self.method == "POST" and self.view.idempotency != "natural":
            yield "Idempotent-Replayed"

    def _shown(self, shape: Shape) -> dict[str, Any]:
        component = self.resolve_serializer(self.view.shape(shape), "response")
        reference: dict[str, Any] = component.ref
        if not self._declared.lists:
            return reference
        return self._shared("schemas", f"{component.name}Page", page_schema(reference))

    def _refusal(self, status: int, problems: list[type[Problem]]) -> dict[str, Any]:
        """One answer for all problems of a status, with an example of each."""
        examples = {
            problem.code(): self._shared("examples", problem.code(), {"value": example_of(problem)})
            for problem in problems
        }
        titles = "; ".join(problem.title for problem in problems)
        answer = _problem(titles, *REFUSAL_HEADERS.get(status, ()), **examples)
        return self._shared("responses", "-".join(examples), answer)

    def _shared(self, kind: str, name: str, component: dict[str, Any]) -> dict[str, Any]:
        """A reference to what several operations have in common, which is kept once."""
        make: Any = ResolvedComponent  # it has no types
        self.registry.register_on_missing(make(name, kind, component, name))
        return {"$ref": f"#/components/{kind}/{name}"}

    def map_renderers(self, attribute: str) -> list[str]:
        """The formats of an answer; pages are for people."""
        renderers = offered(self.view.get_renderers(), self.view, self.method)
        return media_types(renderer for renderer in renderers if renderer.format != "api")


def _problem(description: str, *headers: str, **examples: Any) -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, **({"examples": examples} if examples else {})}
    return {"description": description, "headers": answered(*headers), "content": {MEDIA_TYPE: content}}


class Bearer(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it has no types
    target_class = "chassis.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "An access token (RFC 9068), checked as RFC8725 has it: its algorithm, type, issuer, audience and age"
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": about}


class ApiKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it has no types
    target_class = "chassis.authentication.ApiKeyAuthentication"
    name = "api-key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "`Api-Key tl_…`, as `/v1/users/me/api-keys` gives one: a program that asks for the owner of the key"
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": about}


class Cookie(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it has no types
    target_class = "chassis.authentication.CookieAuthentication"
    name = "cookie"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        about = "The same token in a browser, which signs in at `/session`; a write needs `X-CSRFToken` as well"
        return {"type": "apiKey", "in": "cookie", "name": "access_token", "description": about}
