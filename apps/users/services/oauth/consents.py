"""What a program wants of a person (RFC 6749, section 4.1.1), and where the browser goes with their decision."""

from dataclasses import dataclass

from django.db.transaction import atomic
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import FatalClientError, OAuth2Error

from apps.users.models import RegisteredClient, User
from apps.users.models.scopes import grantable
from apps.users.services import USERS
from apps.users.services.oauth.engine import Asked, Pairs, server
from chassis.callers import Caller
from chassis.revocations import believed_from
from chassis.topology import topology


class Unanswerable(Exception):
    """The program is not known, or would have the answer sent where it is not: nobody is led there."""


class SentBack(Exception):
    """The request is refused, and the program hears why at `location`."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass(frozen=True)
class Wanted:
    """A request to be allowed something, found to be in order."""

    client: RegisteredClient
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    prompt: frozenset[str]

    def refusal(self, error: str) -> str:
        """Where the browser goes when the answer is no, and why: `access_denied`, `login_required`."""
        state = [("state", self.state)] if self.state else []
        return _back(self.redirect_uri, [("error", error), *state])


def read(asked: Asked) -> Wanted:
    """What is wanted. Raises Unanswerable, or SentBack."""
    try:
        scopes, found = server().validate_authorization_request(*asked.parts())
    except FatalClientError as error:
        raise Unanswerable(error.description) from error
    except OAuth2Error as error:
        if not error.redirect_uri:
            raise Unanswerable(error.description) from error
        raise SentBack(_back(error.redirect_uri, error.twotuples)) from error
    prompt = frozenset(str(found["request"].prompt or "").split())
    return Wanted(found["request"].client, found["redirect_uri"], tuple(scopes), found["state"] or "", prompt)


def grant(*, asked: Asked, wanted: Wanted, visitor: Caller) -> str:
    """Allow as much of it as the person can, and say where the browser goes on with a code.

    Whoever is signed out everywhere at the same moment allows nothing any more.
    """
    with atomic(using=USERS):
        user = User.objects.select_for_update().get(pk=visitor.id)
        if not user.is_active or visitor.issued_at < believed_from(USERS, user.id):
            return wanted.refusal("login_required")
        granted = grantable(user, wanted.scopes)
        if not granted:
            return wanted.refusal("invalid_scope")
        answer = server().create_authorization_response(*asked.parts(), scopes=granted, credentials={"user": user})
    return _back(answer[0]["Location"], [])


def _back(uri: str, pairs: Pairs) -> str:
    """The address of the program with the answer, and whose answer it is (RFC 9207)."""
    location: str = add_params_to_uri(uri, [*pairs, ("iss", topology().public_url)])
    return location
