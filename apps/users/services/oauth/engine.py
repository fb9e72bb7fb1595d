"""The requests of RFC 6749, 7009 and 7662, answered; each in one transaction.

What is not offered is not there: no implicit and no password grant, and no proof of possession but S256.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.transaction import atomic
from oauthlib.oauth2 import OAuth2Error
from oauthlib.oauth2.rfc6749.endpoints import (
    AuthorizationEndpoint,
    IntrospectEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant, ClientCredentialsGrant
from oauthlib.oauth2.rfc6749.tokens import BearerToken
from oauthlib.openid.connect.core import grant_types as openid
from oauthlib.openid.connect.core.grant_types.dispatchers import (
    AuthorizationCodeGrantDispatcher,
    AuthorizationTokenGrantDispatcher,
)

from apps.users.services import USERS
from apps.users.services.oauth.issuing import access_token, refresh_token
from apps.users.services.oauth.validators import Validator
from chassis.signing import digest
from chassis.tokens import USER_SECONDS

Pairs = Sequence[tuple[str, str]]
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_NONCE = re.compile(r"[ -~]{1,255}")


@dataclass(frozen=True)
class Asked:
    """A request as oauthlib reads it: where to, with which parameters in the address and in the body, and by whom."""

    method: str
    path: str
    query: Pairs
    body: Pairs = ()
    authorization: str = ""

    def parts(self) -> tuple[str, str, str, dict[str, str]]:
        uri = f"{self.path}?{urlencode(self.query)}" if self.query else self.path
        headers = {"Authorization": self.authorization} if self.authorization else {}
        # Whoever reads the tables finds no code that could be redeemed.
        body = [(name, digest(value) if name == "code" else value) for name, value in self.body]
        return uri, self.method, urlencode(body), headers


@dataclass(frozen=True)
class Answer:
    """What OAuth answers: a status and a JSON text, which may be empty."""

    status: int
    content: str


class Server(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint, IntrospectEndpoint):  # type: ignore[misc]  # no types
    def __init__(self, validator: Validator) -> None:
        bearer = BearerToken(validator, access_token, USER_SECONDS, refresh_token)
        plain = AuthorizationCodeGrant(validator, pre_auth=[_require_proof])
        with_identity = openid.AuthorizationCodeGrant(validator, pre_auth=[_require_proof])
        grants = {
            "authorization_code": AuthorizationTokenGrantDispatcher(validator, plain, with_identity),
            "client_credentials": ClientCredentialsGrant(validator),
            "refresh_token": openid.RefreshTokenGrant(validator),
        }
        codes = {"code": AuthorizationCodeGrantDispatcher(plain, with_identity)}
        AuthorizationEndpoint.__init__(self, "code", bearer, codes)
        TokenEndpoint.__init__(self, "authorization_code", bearer, grants)
        RevocationEndpoint.__init__(self, validator)
        IntrospectEndpoint.__init__(self, validator)

    def validate_introspect_request(self, request: Any) -> None:
        """Whoever cannot say who they are learns nothing (RFC 7662, section 2.1)."""
        super().validate_introspect_request(request)
        if request.client.is_public:
            raise InvalidClientError(request=request)


@lru_cache
def server() -> Server:
    return Server(Validator())


def token(asked: Asked) -> Answer:
    """Answer `POST /oauth/token`: 200, or 400 and 401 with an error of RFC 6749, section 5.2."""
    return _answered(server().create_token_response, asked)


def revoke(asked: Asked) -> Answer:
    """Answer `POST /oauth/revoke`: 200, whether or not there was such a token."""
    return _answered(server().create_revocation_response, asked)


def introspect(asked: Asked) -> Answer:
    """Answer `POST /oauth/introspect`: 200, with `{"active": false}` alone for whatever is no good."""
    return _answered(server().create_introspect_response, asked)


def _answered(respond: Callable[..., Any], asked: Asked) -> Answer:
    """What is refused has been undone, save what a refusal itself ends."""
    try:
        with atomic(using=USERS):
            _, content, status = respond(*asked.parts())
    except OAuth2Error as error:
        return Answer(error.status_code, error.json)
    return Answer(status, content or "")


def _require_proof(request: Any) -> dict[str, Any]:
    """Refuse what could be replayed, and what could not be kept (RFC 7636, section 4.3; RFC 9700, section 2.1.1)."""
    challenge, method = str(request.code_challenge or ""), request.code_challenge_method
    if method != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequestError("A code_challenge with code_challenge_method S256 is required", request=request)
    if request.nonce is not None and not _NONCE.fullmatch(request.nonce):
        raise InvalidRequestError("A nonce has 1 to 255 printable characters", request=request)
    if request.response_mode not in {None, "query"}:
        raise InvalidRequestError("The only response_mode is query", request=request)
    return {}
