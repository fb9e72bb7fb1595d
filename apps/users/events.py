"""The facts that users announces. Ids only: what is told cannot be untold when somebody asks to be forgotten."""

from dataclasses import dataclass

from chassis.outbox import Event


class UserEvent(Event):
    service = "users"
    subject = "user_id"


@dataclass(frozen=True)
class UserRegistered(UserEvent):
    type = "user.registered"

    user_id: str


@dataclass(frozen=True)
class UserInvited(UserEvent):
    """Staff have made an account for them; until they give it a password it is of no use."""

    type = "user.invited"

    user_id: str


@dataclass(frozen=True)
class UserVerified(UserEvent):
    """They have shown that they read what is sent to their e-mail address."""

    type = "user.verified"

    user_id: str


@dataclass(frozen=True)
class UserUpdated(UserEvent):
    type = "user.updated"
    subscribers = ("orders",)

    user_id: str


@dataclass(frozen=True)
class UserRolesChanged(UserEvent):
    """What their next token opens differs; where it opens less, they are signed out as well."""

    type = "user.roles_changed"

    user_id: str


@dataclass(frozen=True)
class UserActivated(UserEvent):
    """They may sign in again."""

    type = "user.activated"
    subscribers = ("orders",)

    user_id: str


@dataclass(frozen=True)
class UserSignedOut(UserEvent):
    """Everywhere: no token of theirs that was issued before `not_before` (seconds since 1970) is to be believed."""

    type = "user.signed_out"
    subscribers = ("orders", "payments")

    user_id: str
    not_before: int


@dataclass(frozen=True)
class UserDeactivated(UserSignedOut):
    """They may not sign in any more, and are signed out everywhere."""

    type = "user.deactivated"


@dataclass(frozen=True)
class UserErased(UserEvent):
    """Nothing is left of them but their id; whoever knows more forgets it."""

    type = "user.erased"
    subscribers = ("orders",)

    user_id: str


class CredentialEnded(UserEvent):
    """No service believes any longer what was issued for the subject before `not_before` (seconds since 1970)."""

    subscribers = ("orders", "payments")


@dataclass(frozen=True)
class ClientDeactivated(CredentialEnded):
    """A program of an integrator is closed, for whomever it asks."""

    type = "client.deactivated"
    subject = "client_id"

    client_id: str
    not_before: int


@dataclass(frozen=True)
class AuthorizationEnded(CredentialEnded):
    """What a person allowed a program is over: either took it back, or somebody showed a token for the second time."""

    type = "authorization.ended"
    subject = "authorization_id"

    authorization_id: str
    not_before: int


@dataclass(frozen=True)
class TokenRevoked(CredentialEnded):
    """One access token, by its `jti`."""

    type = "token.revoked"
    subject = "token_id"

    token_id: str
    not_before: int


@dataclass(frozen=True)
class ApiKeyRevoked(CredentialEnded):
    """Whoever remembers what it opens forgets it."""

    type = "api_key.revoked"
    subject = "api_key_id"

    api_key_id: str
    not_before: int
