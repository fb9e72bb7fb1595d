"""What is personal in the tables of users, and what becomes of it when somebody is erased."""

from contextlib import suppress

from cryptography.fernet import InvalidToken
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from oauth2_provider.models import AccessToken, DeviceGrant, Grant, IDToken, RefreshToken

from apps.users.models import (
    Address,
    ApiKey,
    LetterRequest,
    OneTimeToken,
    RegisteredClient,
    SignIn,
    SubjectPart,
    User,
    WrongPasswords,
)
from apps.users.models import RefreshToken as SignInToken
from chassis.personal import Blanked, Deleted, Kept, Map, Person, Rows, Swept, Whose, chassis_map, tombstone
from chassis.signing import unseal

# No password has this digest (Django's sign for that).
UNUSABLE = "!"
_PROGRAM = Kept("an admin's words about a program")


def _forget_letter_requests(person: Person) -> None:
    """The address is sealed, and few wait at a time, so each is opened."""
    for row in LetterRequest.objects.all():
        with suppress(InvalidToken):  # sealed with a secret that is another now: nobody can read it
            if unseal("users", bytes(row.sealed)) in person.emails:
                row.delete()


def _forget_wrong_passwords(person: Person) -> None:
    for email in person.emails:
        WrongPasswords.objects.of(email).delete()


PERSONAL: Map = {
    **chassis_map("users"),
    User: Whose(
        "id",
        email=Blanked(tombstone),
        full_name=Blanked(""),
        password=Blanked(UNUSABLE),
        email_verified_at=Blanked(None),
        roles=Kept("words of ours"),
    ),
    Address: Deleted("user_id"),
    ApiKey: Deleted("user_id"),
    SignIn: Deleted("user_id"),
    OneTimeToken: Deleted("user_id"),
    Grant: Deleted("user_id"),
    AccessToken: Deleted("user_id"),
    RefreshToken: Deleted("user_id"),
    IDToken: Deleted("user_id"),
    DeviceGrant: Deleted("user_id"),
    SignInToken: Rows(digest=Kept("goes with its sign-in")),
    WrongPasswords: Swept(_forget_wrong_passwords, digest=Kept("goes with its row")),
    LetterRequest: Swept(
        _forget_letter_requests, sealed=Kept("goes with its row"), request_id=Kept("goes with its row")
    ),
    SubjectPart: Rows(position=Kept("an id")),
    RegisteredClient: Rows(
        name=_PROGRAM,
        client_id=Kept("an id"),
        client_secret=Kept("a digest of a random secret"),
        redirect_uris=_PROGRAM,
        post_logout_redirect_uris=_PROGRAM,
        allowed_origins=_PROGRAM,
        scopes=Kept("words of ours"),
    ),
    ContentType: Rows(app_label=Kept("Django's word"), model=Kept("Django's word")),
    Permission: Rows(name=Kept("Django's word"), codename=Kept("Django's word")),
    Group: Rows(name=Kept("there are none")),
}
