"""What this caller may do from a page: the steps that it declares, and whatever else its address takes."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.urls import Resolver404, resolve
from rest_framework.exceptions import APIException
from rest_framework.request import Request, clone_request

from chassis.callers import caller_of
from chassis.forms import body_of, typed_json, was_form
from chassis.inputs import Drawing, Input
from chassis.pages import Form, Link, Page, Step
from chassis.urls import service_of, url_space

PLAIN = {
    "POST": Form("Create"),
    "PUT": Form("Replace"),
    "PATCH": Form("Change"),
    "DELETE": Form("Delete"),
}
WITHOUT_FORMS = {401, 403, 404}


@dataclass(frozen=True)
class Offer:
    """A form that is ready to be filled in, with a key of its own: sent twice, it is done once.

    Where the body is not known, `is_known` is false, and JSON is all that can be sent.
    """

    id: str
    form: Form
    inputs: list[Input]
    body: str
    if_match: str
    is_known: bool
    is_json: bool
    key: str


@dataclass(frozen=True)
class Offers:
    """What follows from an answer. Nothing is offered that the caller lacks the permission for."""

    view: Any
    request: Request
    response: Any
    shown: Any
    errors: dict[str, str]

    def links(self) -> list[Link]:
        """Where else to look."""
        return [step for step in self._steps() if isinstance(step, Link) and self._target(step.path, "GET")]

    def forms(self) -> list[Offer]:
        """What to do, for those who are signed in by cookie."""
        if self.request.auth != "cookie" or self.response.status_code in WITHOUT_FORMS:
            return []
        steps = [step for step in self._steps() if isinstance(step, Form)]
        offered = [(form, self._target(form.path, form.method)) for form in [*steps, *self._own_forms()]]
        allowed = [(form, target) for form, target in offered if target]
        return [self._offer(f"form-{number}", form, target) for number, (form, target) in enumerate(allowed, 1)]

    @property
    def _is_problem(self) -> bool:
        return bool(self.response.status_code >= 400)

    @property
    def _is_refused(self) -> bool:
        """A form was sent, and can be sent again when what is wrong with it is mended."""
        return self._is_problem and was_form(self.request)

    @property
    def _is_thing(self) -> bool:
        return not self._is_problem and isinstance(self.shown, dict) and "id" in self.shown

    def _steps(self) -> list[Step]:
        """What the page declares; its paths lie within the version that is looked at."""
        page: Page = self.view.html
        steps = page.steps(self.shown, caller_of(self.request)) if self._is_thing else ()
        return [replace(step, path=f"/{self.request.version}{step.path}") for step in steps]

    def _own_forms(self) -> Iterator[Form]:
        """After a refusal the form that was refused; after what was done, nothing but the steps."""
        is_done = not self._is_problem and self.request.method != "GET" and self.response.status_code != 202
        for method, plain in PLAIN.items():
            if is_done or (self._is_refused and method != self.request.method):
                continue
            yield replace(self.view.html.forms.get(method, plain), method=method, path=self.request.path)

    def _offer(self, id: str, form: Form, target: Any) -> Offer:
        """The form with what is known so far; a refused one has the rows that were sent, and no spare one."""
        body, values = body_of(target, form.method), self._values(form)
        drawing = Drawing(replace(form, can_grow=form.can_grow and not self._is_refused), self.errors)
        typed = typed_json(self.request) if self._is_refused else ""
        return Offer(
            id=id,
            form=form,
            inputs=drawing.inputs(body(), values) if body else [],
            body=typed or json.dumps(values, indent=2),
            if_match=self._if_match(form),
            is_known=body is not None or form.method == "DELETE",
            is_json=bool(typed),
            key=self._key(),
        )

    def _values(self, form: Form) -> Any:
        """What was sent, what is there to be changed, or what the form begins with."""
        if self._is_refused:
            return self.request.data or {}
        return self.shown if form.method == "PATCH" and self._is_thing else dict(form.values)

    def _key(self) -> str:
        """A new one; but while nobody knows whether it was done, the one that was sent, so that it is done once."""
        is_open = self.response.status_code >= 500 or self._code == "request_in_progress"
        sent = self.request.headers.get("Idempotency-Key", "") if self._is_refused and is_open else ""
        return sent or uuid.uuid4().hex

    @property
    def _code(self) -> str:
        return str(self.shown.get("code", "")) if isinstance(self.shown, dict) else ""

    def _if_match(self, form: Form) -> str:
        """The version that is shown; after a refusal still the one that was shown then."""
        if form.method == "POST":
            return ""
        version = getattr(self.response, "version", None)
        return f'"{version}"' if version else self.request.headers.get("If-Match", "")

    def _target(self, path: str, method: str) -> Any:
        """The view of this service that answers there, if this caller passes its permissions."""
        service = service_of(self.request)
        try:
            found: Any = resolve(path, urlconf=url_space(service) if service else None)
        except Resolver404:
            return None
        view = found.func.cls(**found.func.initkwargs)
        view.args, view.kwargs, view.request = found.args, found.kwargs, clone_request(self.request, method)
        return view if method in view.allowed_methods and _passes(view) else None


def _passes(view: Any) -> bool:
    try:
        view.check_permissions(view.request)
    except APIException:
        return False
    return True
