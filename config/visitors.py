"""Who looks at a page of the process. The process is no service, so it asks one that it hosts."""

import time
from dataclasses import replace

from django.db import Error
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from chassis import context
from chassis.authentication import ACCESS_COOKIE
from chassis.callers import NOBODY, Caller
from chassis.problems import Problem
from chassis.tokens import verify
from chassis.topology import topology

KEYS_SECONDS = 0.3


class VisitorAuthentication(BaseAuthentication):
    """The person of the browser's cookie, for pages that are open to everybody: nobody is refused.

    Whoever cannot be known right now, because the cookie is no good or users' keys are out of reach, is just a visitor.
    """

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        token = request.COOKIES.get(ACCESS_COOKIE)
        caller = _person(token) if token else NOBODY
        if caller.is_anonymous:
            return None
        _read_csrf_cookie(request)
        return caller, None


def is_staff(caller: Caller) -> bool:
    """Whether a person works here: has any role but a customer's."""
    return caller.kind == "user" and bool(caller.roles - {"customer"})


def _read_csrf_cookie(request: Request) -> None:
    """The page has a form that signs out, and its token has to fit the cookie that the browser has."""
    CSRFCheck(lambda _: None).process_request(request._request)  # type: ignore[arg-type]  # there is no next layer


def _person(token: str) -> Caller:
    """A page waits only a moment for keys that were never seen."""
    moment = replace(context.current(), deadline=time.monotonic() + KEYS_SECONDS)
    try:
        with context.entered(moment):
            caller = verify(token, service=topology().hosted[0])
    except (Problem, Error):
        return NOBODY
    return caller if caller.is_in_person else NOBODY
