"""What programs are given: the tokens of this shop, which no OAuth library has to understand."""

from typing import Any
from uuid import UUID

from apps.users.models import User
from apps.users.services import USERS
from apps.users.services.authorizations import authorization_id, family_of
from chassis.callers import OWN_READ, OWN_WRITE
from chassis.revocations import believed_from
from chassis.signing import new_secret
from chassis.tokens import client_token, id_token, user_token

# Whoever may not act for a person need not know how to write to them.
_NEEDS_EMAIL = {OWN_READ, OWN_WRITE, "email"}


def access_token(request: Any) -> str:
    """An access token for the program that asks, or for the person that it asks for."""
    client, scope = request.client.client_id, " ".join(sorted(request.scopes))
    if request.user is None:
        return client_token(client_id=client, scope=scope, not_before=believed_from(USERS, client))
    user: User = request.user
    return user_token(
        user_id=user.id,
        scope=scope,
        roles=[],
        email=user.email if _NEEDS_EMAIL.intersection(request.scopes) else "",
        client_id=client,
        authorization_id=authorization_id(family(request)),
        not_before=max(believed_from(USERS, user.id), believed_from(USERS, client)),
    )


def refresh_token(_request: Any) -> str:
    """What continues an authorization, once."""
    return new_secret()


def identity_token(claims: dict[str, Any], request: Any) -> str:
    """The ID token with what oauthlib has put into it: for whom, when, and the program's own `nonce`."""
    return id_token(**{**claims, **claims_of(request.user, request.scopes)})


def claims_of(user: User, scopes: Any) -> dict[str, Any]:
    """What a program with these scopes learns of somebody (OpenID Connect Core, section 5.4)."""
    name = {"name": user.full_name} if "profile" in scopes else {}
    email = {"email": user.email, "email_verified": user.email_verified} if "email" in scopes else {}
    return {"sub": user.id, **name, **email}


def family(request: Any) -> UUID:
    """The authorization that a request begins with a code, or continues with a refresh token."""
    continued = getattr(request, "refresh_token_instance", None)
    return continued.token_family if continued else family_of(request.code)
