"""The tokens of every kind of caller, signed with the keys of a running shop."""

import hashlib
import json
import time
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from chassis.callers import Caller
from chassis.topology import SERVICES
from config.permissions import principals

NO_GOOD = ("expired", "not yet valid", "for another audience", "of another issuer", "forged", "of another type")


class Signer:
    """Signs as the services of a shop do. `folder` holds its keys."""

    def __init__(self, shop):
        self._url, self._folder = shop.url, shop.folder / "keys"

    def token(self, caller: Caller, *, typ="at+jwt", key="", **changes) -> str:
        """What the caller would present; `changes` are claims that are not as agreed."""
        signed_by = caller.service or ("payments" if caller.kind == "payer" else "users")
        claims = {**self._claims(caller, signed_by), **changes}
        private = load_pem_private_key((self._folder / f"{key or signed_by}.pem").read_bytes(), password=None)
        return jwt.encode(claims, private, "RS256", {"kid": thumbprint(private), "typ": typ})

    def no_good(self, caller: Caller) -> dict[str, str]:
        """Tokens of the same caller that are not as they should be, by what is wrong with them."""
        now = int(time.time())
        wrong = {
            "expired": {"iat": now - 900, "exp": now - 600},
            "not yet valid": {"iat": now + 600, "exp": now + 900},
            "for another audience": {"aud": ["elsewhere"]},
            "of another issuer": {"iss": "https://elsewhere.example"},
            "forged": {"key": "orders" if caller.service != "orders" else "users"},
            "of another type": {"typ": "JWT"},
        }
        return {name: self.token(caller, **wrong[name]) for name in NO_GOOD}

    def _claims(self, caller: Caller, signed_by: str) -> dict:
        now = int(time.time())
        issuer = self._url if signed_by == "users" and not caller.service else f"{self._url}/services/{signed_by}"
        return {
            "iss": issuer,
            "sub": caller.id,
            "aud": list(SERVICES),
            "client_id": caller.id,
            "jti": uuid4().hex,
            "iat": now,
            "exp": now + 300,
            "scope": " ".join(caller.scopes),
            "roles": list(caller.roles),
        }


def thumbprint(private) -> str:
    """The name under which the public half is published (RFC 7638)."""
    members = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    canonical = json.dumps({name: members[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def headers(shop) -> dict[str, dict[str, str]]:
    """What each principal says of itself, by its name; whoever has a token that is no good is one, too."""
    signer, known = Signer(shop), principals()
    admin = known["admin"]
    tokens = {name: "" if caller.is_anonymous else signer.token(caller) for name, caller in known.items()}
    tokens |= {f"admin, {name}": token for name, token in signer.no_good(admin).items()}
    return {name: {"Authorization": f"Bearer {token}"} if token else {} for name, token in tokens.items()}
