"""Mailboxes: letters with tokens, and what the tokens are good for."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import problems
from apps.users.api.v1 import serializers
from apps.users.api.v1.views.people import OneselfView
from apps.users.models import Purpose
from apps.users.services import mailboxes, passwords
from chassis.methods import Method
from chassis.permissions import Anyone, InPerson
from chassis.views import View


class VerifyEmail(View):
    """Confirming one's e-mail address with the token that was sent to it."""

    permission_classes = [Anyone]
    methods = {
        "POST": Method(
            "Confirm an e-mail address",
            reads=serializers.LetterToken,
            shows={204: None},
            refuses=(problems.OneTimeTokenInvalid,),
        )
    }

    def post(self, request: Request) -> Response:
        mailboxes.verify_email(**self.read())
        return Response(status=204)


class ResendVerification(View):
    """Another letter with a token that confirms the address. The answer tells nothing of who has an account."""

    permission_classes = [Anyone]
    throttle_scopes = {"POST": "forgot"}
    methods = {"POST": Method("Send the confirmation again", reads=serializers.Mailbox, shows={202: None})}

    def post(self, request: Request) -> Response:
        mailboxes.request_letter(purpose=Purpose.VERIFY_EMAIL, **self.read())
        return Response(status=202)


class ForgotPassword(View):
    """A letter with a token that replaces the password. The answer tells nothing of who has an account."""

    permission_classes = [Anyone]
    throttle_scopes = {"POST": "forgot"}
    methods = {"POST": Method("Ask for a new password", reads=serializers.Mailbox, shows={202: None})}

    def post(self, request: Request) -> Response:
        mailboxes.request_letter(purpose=Purpose.RESET_PASSWORD, **self.read())
        return Response(status=202)


class ResetPassword(View):
    """A new password, by the token from a letter. It ends every sign-in; an invitation is accepted by it as well."""

    permission_classes = [Anyone]
    methods = {
        "POST": Method(
            "Choose a new password",
            reads=serializers.NewPassword,
            shows={204: None},
            refuses=(problems.OneTimeTokenInvalid, problems.WeakPassword),
        )
    }

    def post(self, request: Request) -> Response:
        passwords.reset_password(**self.read())
        return Response(status=204)


class MyPassword(OneselfView):
    """A new password, by the one that is known. It ends every sign-in, also the one that asks."""

    permission_classes = [InPerson]
    # Wrong passwords are counted although they are refused.
    one_transaction = False
    methods = {
        "POST": Method(
            "Change one's password",
            reads=serializers.PasswordChange,
            shows={204: None},
            refuses=(problems.WrongPassword, problems.WeakPassword),
        )
    }

    def post(self, request: Request) -> Response:
        passwords.change_password(user=self.me(), **self.read())
        return Response(status=204)
