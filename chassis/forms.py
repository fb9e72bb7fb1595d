"""Forms of the browsable API: what a browser cannot say in a form, hidden fields say for it.

Only for a person who is signed in by cookie, whose every write is checked against forgery; anybody else gets a 415.
"""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.http import HttpRequest, QueryDict

from chassis.authentication import ACCESS_COOKIE
from chassis.context import set_header
from chassis.parsers import StrictJSON

FORM = "application/x-www-form-urlencoded"
METHODS = {"POST", "PUT", "PATCH", "DELETE"}
HEADERS = {
    "_idempotency_key": "Idempotency-Key",
    "_if_match": "If-Match",
    "csrfmiddlewaretoken": "X-CSRFToken",
}


def read_form(request: HttpRequest) -> None:
    """Turn the hidden fields of a browser's form into the method and the headers that they stand for."""
    if not _is_browser_form(request):
        return
    for field, header in HEADERS.items():
        if request.POST.get(field):
            set_header(request, header, request.POST[field])
    if request.POST.get("_method") in METHODS:
        request.method = request.POST["_method"]


class FormBody(StrictJSON):
    """The JSON in a form's `_body` field; DRF's and Django's own fields are not part of it."""

    media_type = FORM

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return self.decode(QueryDict(stream.read()).get("_body") or json.dumps({}))


def _is_browser_form(request: HttpRequest) -> bool:
    return request.method == "POST" and request.content_type == FORM and ACCESS_COOKIE in request.COOKIES
