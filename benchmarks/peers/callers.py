"""Who is asking: the check of an access token that every peer makes with each request, as their documentation does."""

import os
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

KEY = load_pem_public_key(os.environ["PEER_PUBLIC_KEY"].encode())
ISSUER = os.environ["PEER_ISSUER"]


class WrongToken(Exception):
    """It is no token of ours, or no longer."""


@dataclass(frozen=True)
class Caller:
    """`is_authenticated` is what DRF's own permissions ask for."""

    id: str
    email: str
    scopes: frozenset[str]
    is_authenticated: bool = True

    @property
    def is_staff(self) -> bool:
        """Whether they see everybody's orders."""
        return "orders:read" in self.scopes


def caller_of(token: str) -> Caller:
    """The caller that a token speaks for. Raises WrongToken."""
    try:
        claims = jwt.decode(token, KEY, algorithms=["RS256"], audience="orders", issuer=ISSUER)  # type: ignore[arg-type]
    except jwt.InvalidTokenError as exc:
        raise WrongToken from exc
    return Caller(claims["sub"], claims["email"], frozenset(claims["scope"].split()))
