"""The pages that letters lead to, and those that ask for letters: a form each, for people, without JavaScript.

A code is typed, and never part of an address: addresses stand in logs and in the history of browsers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from apps.users.api.v1 import serializers
from apps.users.models import Purpose
from apps.users.services.mailboxes import request_letter, verify_email
from apps.users.services.passwords import reset_password
from chassis.callers import NOBODY
from chassis.pages import POLICY
from chassis.problems import InvalidRequest, Problem
from chassis.throttles import address_of, spend


@dataclass(frozen=True)
class Field:
    """What somebody types."""

    name: str
    label: str
    kind: str
    autocomplete: str


EMAIL = Field("email", "E-mail", "email", "username")
CODE = Field("token", "Code from the letter", "text", "one-time-code")
PASSWORD = Field("password", "New password", "password", "new-password")


@method_decorator([csrf_protect, never_cache, sensitive_post_parameters("password", "token")], name="dispatch")
class MailboxPage(View):
    """One form: what it asks for, and what is done with that."""

    title: ClassVar[str]
    button: ClassVar[str]
    done: ClassVar[str]
    asks: ClassVar[tuple[Field, ...]]
    reads: ClassVar[type[serializers.Strict]]
    does: ClassVar[Callable[..., Any]]
    rate: ClassVar[str] = "address"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            self._do(request)
        except Problem as problem:
            if problem.status >= 500:
                raise
            return self._page(request, status=problem.status, refusal=str(problem.detail), headers=problem.headers)
        return self._page(request, is_done=True)

    def _do(self, request: HttpRequest) -> None:
        """Counted with the requests of programs."""
        spent = spend("users", self.rate, address_of(request))
        if not spent.is_allowed:
            raise spent.refusal()
        body = self.reads(data={field.name: request.POST.get(field.name, "") for field in self.asks})
        if not body.is_valid():
            raise InvalidRequest("Something is missing, or has another form")
        type(self).does(**body.validated_data)

    def _page(
        self, request: HttpRequest, *, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any
    ) -> HttpResponse:
        shown = {"page": self, "email": request.POST.get("email", ""), "user": NOBODY, **more}
        response = render(request, "users/mailbox.html", shown, status=status)
        for name, value in (headers or {}).items():
            response[name] = value
        response["Content-Security-Policy"] = POLICY
        return response


class ConfirmPage(MailboxPage):
    title, button = "Confirm your e-mail address", "Confirm"
    done = "Thank you: your e-mail address is confirmed."
    asks, reads, does = (CODE,), serializers.LetterToken, verify_email


class PasswordPage(MailboxPage):
    title, button = "Choose a password", "Keep it"
    done = "Your password is the new one from now on."
    asks, reads, does = (CODE, PASSWORD), serializers.NewPassword, reset_password


def _ask_for(purpose: Purpose) -> Callable[..., None]:
    return lambda email: request_letter(email=email, purpose=purpose)


class ForgotPage(MailboxPage):
    title, button, rate = "Forgot your password?", "Send a letter", "forgot"
    done = "If there is an account with this address, a letter with a code is on its way to it."
    asks, reads, does = (EMAIL,), serializers.Mailbox, _ask_for(Purpose.RESET_PASSWORD)


class ResendPage(MailboxPage):
    title, button, rate = "Ask for another letter", "Send it again", "forgot"
    done = "If an account waits for this address to be confirmed, another letter is on its way to it."
    asks, reads, does = (EMAIL,), serializers.Mailbox, _ask_for(Purpose.VERIFY_EMAIL)
