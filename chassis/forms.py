"""Forms of the browsable API: what a browser cannot say in a form, hidden fields say for it.

Only for a person who is signed in by cookie, whose every write is checked against forgery; anybody else gets a 415.
"""

import re
from collections.abc import Mapping
from typing import IO, Any, Final

from django.http import HttpRequest, QueryDict
from rest_framework import serializers
from rest_framework.request import Request

from chassis.authentication import ACCESS_COOKIE
from chassis.bodies import unsupported
from chassis.context import set_header
from chassis.parsers import StrictJSON
from chassis.problems import InvalidRequest, NotAuthenticated

FORM = "application/x-www-form-urlencoded"
METHODS = {"POST", "PUT", "PATCH", "DELETE"}
CSRF = "csrfmiddlewaretoken"
HEADERS = {
    "_idempotency_key": "Idempotency-Key",
    "_if_match": "If-Match",
    CSRF: "X-CSRFToken",
}
BODY = "_body"
TYPED = "tearline.typed_json"
_INTEGER = re.compile(r"-?[0-9]{1,30}")
_LEFT_OUT: Final = object()


def read_form(request: HttpRequest) -> None:
    """Turn the hidden fields of a browser's form into the method and the headers that they stand for."""
    if not _is_browser_form(request):
        return
    for field, header in HEADERS.items():
        if request.POST.get(field):
            set_header(request, header, request.POST[field])
    if request.POST.get("_method") in METHODS:
        request.method = request.POST["_method"]


def refuse_forms_of_programs(request: Request) -> None:
    """Forms are for browsers: whoever can set a header sends a format that can be read strictly.

    A browser that sends one without its cookie is told that the sign-in has run out.
    """
    if request._request.content_type != FORM or request.auth == "cookie":
        return
    if request.accepted_renderer.format == "api":
        raise NotAuthenticated("The sign-in has run out, and nothing was done")
    raise unsupported("Send JSON", request)


def was_form(request: Request) -> bool:
    """Whether a person sent this with one of our forms."""
    return bool(request.auth == "cookie" and request._request.content_type == FORM)


def typed_json(request: Request) -> str:
    """The JSON that a person typed into a form, whether or not it could be read."""
    return str(request.META.get(TYPED, ""))


def body_of(view: Any, method: str) -> Any:
    """The shape of the body that a view's method reads, as the view declares it; None if it reads none."""
    declared = view.methods.get(method)
    return view.shape(declared.reads) if declared and declared.reads else None


class FormBody(StrictJSON):
    """A form with a field for each member, as the JSON that it stands for; or that JSON itself in the field `_body`.

    Members are named `currency`, `shipping_address.city`, `lines.0.quantity`. What is left blank is left out, but where
    a PATCH may empty it, blank empties it. What the body does not know stays, for its serializer to refuse.
    """

    media_type = FORM
    is_for_programs = False

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        form = QueryDict(stream.read())
        about = parser_context or {}
        if BODY in form:
            about["request"].META[TYPED] = form[BODY]
            return self.decode(str(form[BODY]) or "{}")
        method = about["request"].method
        body = body_of(about["view"], method)
        return _Reading(form, clears=method == "PATCH").body(body() if body else None)


class _Reading:
    """One form, read member by member; `typed` keeps what no member has claimed yet."""

    def __init__(self, form: QueryDict, *, clears: bool) -> None:
        twice = [name for name, values in form.lists() if len(values) > 1]
        if twice:
            raise InvalidRequest(f"Given more than once: {', '.join(twice)}")
        self.typed = {name: str(form[name]) for name in form if name != CSRF and not name.startswith("_")}
        self.clears = clears

    def body(self, serializer: Any) -> dict[str, Any]:
        members = self._members(serializer.fields, "") if serializer else {}
        return {**members, **self.typed}

    def _members(self, fields: Mapping[str, Any], prefix: str) -> dict[str, Any]:
        read = {name: self._member(field, prefix + name) for name, field in fields.items() if not field.read_only}
        return {name: value for name, value in read.items() if value is not _LEFT_OUT}

    def _member(self, field: Any, name: str) -> Any:
        if isinstance(field, serializers.ListSerializer):
            return self._rows(field, name) or _LEFT_OUT
        if isinstance(field, serializers.Serializer):
            is_asked = any(other.startswith(f"{name}.") for other in self.typed)
            members = self._members(field.fields, f"{name}.")
            return members if members or (is_asked and field.required) else _LEFT_OUT
        return self._leaf(field, name)

    def _rows(self, field: Any, name: str) -> list[dict[str, Any]]:
        """The rows in which something was typed."""
        begins = re.compile(rf"{re.escape(name)}\.([0-9]{{1,4}})\.")
        positions = sorted({int(found[1]) for other in self.typed if (found := begins.match(other))})
        rows = [self._members(field.child.fields, f"{name}.{position}.") for position in positions]
        return [row for row in rows if row]

    def _leaf(self, field: Any, name: str) -> Any:
        text = self.typed.pop(name, None)
        if text is None:
            return _LEFT_OUT
        return _typed(field, text.replace("\r\n", "\n")) if text else self._blank(field)

    def _blank(self, field: Any) -> Any:
        if self.clears and getattr(field, "allow_blank", False):
            return ""
        return None if self.clears and field.allow_null else _LEFT_OUT


def _typed(field: Any, text: str) -> Any:
    """What JSON would say. A text that is no such thing stays one, for the field to refuse."""
    if isinstance(field, serializers.IntegerField):
        return int(text) if _INTEGER.fullmatch(text) else text
    if isinstance(field, serializers.BooleanField):
        return {"true": True, "false": False}.get(text, text)
    return text


def _is_browser_form(request: HttpRequest) -> bool:
    return request.method == "POST" and request.content_type == FORM and ACCESS_COOKIE in request.COOKIES
