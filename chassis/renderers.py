"""How answers are written for people: as a page that they can click through."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.utils.breadcrumbs import get_breadcrumbs

from chassis.forms import was_form
from chassis.inputs import Input, filter_inputs
from chassis.offers import Offer, Offers
from chassis.pages import POLICY, Link, page_of
from chassis.values import Entry, Reader, Table, label_of


class BrowsablePages(BrowsableAPIRenderer):
    """DRF's browsable API in our own style: the answer in words, as it was sent, and what can be done next.

    A form that made or changed something with a page of its own leads to that page, which can be loaded again.
    """

    template = "chassis/browsable.html"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        about = dict(renderer_context or {})
        response = about["response"]
        response["Content-Security-Policy"] = POLICY
        if address := _page_of_change(about["request"], response):
            response.status_code, response["Location"] = 303, address
            return ""
        return super().render(data, accepted_media_type, about)

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        view, request, response = (renderer_context[name] for name in ("view", "request", "response"))
        renderer: Any = self.get_default_renderer(view)
        content = self.get_content(renderer, data, accepted_media_type or "", renderer_context)
        return {
            "content": content,
            "headers": dict(response.items()),
            "breadcrumbs": [(name, address) for name, address in get_breadcrumbs(request.path, request) if name],
            "opened": Opened(view, request, response, json.loads(content) if content else None),
            "request": request,
            "response": response,
            "user": request.user,
        }


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a body, and where in the form."""

    label: str
    message: str
    input_id: str


@dataclass(frozen=True)
class Opened:
    """An answer that a person has opened, read for the template."""

    view: Any
    request: Request
    response: Any
    shown: Any

    @property
    def is_problem(self) -> bool:
        return bool(self.response.status_code >= 400)

    @property
    def is_list(self) -> bool:
        return isinstance(self.shown, dict) and isinstance(self.shown.get("data"), list)

    @property
    def heading(self) -> str:
        """The problem, the thing by its name, or what the view is called."""
        if self.is_problem:
            return str(self.shown["title"])
        if self.view.html.heading and isinstance(self.shown, dict) and not self.is_list:
            return str(self.view.html.heading.format_map(self.shown))
        return str(self.view.get_view_name())

    @property
    def table(self) -> Table:
        """The members of a list."""
        return self._reader.table(self.heading, self.shown["data"], self.view.html.columns)

    @property
    def entries(self) -> Sequence[Entry]:
        """The members of anything else."""
        return self._reader.entries(self.shown) if isinstance(self.shown, dict) else ()

    @property
    def filters(self) -> list[Input]:
        """What a list can be asked for."""
        return filter_inputs(self.view, self.request.query_params) if self.request.method == "GET" else []

    @cached_property
    def links(self) -> list[Link]:
        return self._offers.links()

    @cached_property
    def forms(self) -> list[Offer]:
        return self._offers.forms()

    @property
    def mistakes(self) -> list[Mistake]:
        """Each leads to its input, where there is one."""
        ids = {name: f"{offer.id}-{name}" for offer in self.forms for name in _names(offer.inputs)}
        return [Mistake(_label(name), message, ids.get(name, "")) for name, message in self._errors.items()]

    @property
    def before(self) -> str:
        """The page of this site from which one came here."""
        referer = self.request.headers.get("Referer", "")
        if "://" not in referer or not url_has_allowed_host_and_scheme(referer, {self.request.get_host()}):
            return ""
        parts = urlsplit(referer)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    @property
    def _errors(self) -> dict[str, str]:
        """The messages of a problem by the dotted names of the members that they are about."""
        found = self.shown.get("errors", ()) if self.is_problem else ()
        return {_dotted(error.get("pointer", "")): error["message"] for error in found}

    @property
    def _offers(self) -> Offers:
        return Offers(self.view, self.request, self.response, self.shown, self._errors)

    @property
    def _reader(self) -> Reader:
        return Reader(self.request.path, self.view.html.tables, self.view.html.leads)


def _page_of_change(request: Request, response: Any) -> str:
    """Where a form's answer can be seen and loaded again; empty if nowhere, or if it was refused."""
    if response.status_code not in {200, 201} or request.method == "GET" or not was_form(request):
        return ""
    return page_of(response.data.get("id")) if isinstance(response.data, dict) else ""


def _names(inputs: Sequence[Input]) -> Iterator[str]:
    for one in inputs:
        if one.kind != "hidden":
            yield one.name
        yield from _names(one.parts)


def _dotted(pointer: str) -> str:
    return pointer.removeprefix("/").replace("/", ".").replace("~1", "/").replace("~0", "~")


def _label(name: str) -> str:
    """`Quantity 2` for lines.1.quantity, as its input is labelled."""
    *before, last = name.split(".")
    row = before[-1] if before and before[-1].isdecimal() and before[-1] != "0" else ""
    return f"{label_of(last)} {int(row) + 1}" if row else label_of(last)
