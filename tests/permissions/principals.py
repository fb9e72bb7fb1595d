"""The credentials of every kind of caller: given by a running shop, or signed with its keys."""

import hashlib
import json
import time
from collections.abc import Callable
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from chassis.callers import Caller
from chassis.topology import SERVICES
from config.permissions import BOOKKEEPING, principals
from tests.journeys.visitors import admin, ask
from tests.permissions.belongings import Customer

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


def headers(shop, given: dict[str, str]) -> dict[str, dict[str, str]]:
    """What each principal says of itself, by its name; whoever has a token that is no good is one, too.

    `given` are the credentials of those who got them from the shop; the others sign tokens with its keys.
    """
    signer, known = Signer(shop), principals()
    tokens = {name: signer.token(caller) for name, caller in known.items() if name not in given}
    tokens |= {f"admin, {name}": token for name, token in signer.no_good(known["admin"]).items()}
    said = {name: f"Bearer {token}" for name, token in tokens.items()} | given
    return {name: {"Authorization": words} for name, words in said.items()} | {"nobody": {}}


def keys(make: Callable[[list[str]], str]) -> dict[str, str]:
    """The credentials of those who bring an API key, which `make` makes for these scopes."""
    return {
        name: f"Api-Key {make(sorted(caller.scopes))}" for name, caller in principals().items() if caller.on_behalf_of
    }


def given(shop) -> dict[str, str]:
    """The credentials that a running shop gives out: a customer's keys, and the token of a program of an integrator."""
    customer = Customer(shop, "keys@example.com")
    made = keys(lambda scopes: customer.made("/v1/users/me/api-keys", name="theirs", scopes=scopes)["key"])
    wanted = {"name": "Bookkeeper", "grant": "client_credentials", "scopes": [BOOKKEEPING]}
    client = ask(shop, "POST", "/v1/clients", json=wanted, headers=admin(shop)).json()
    form, secret = {"grant_type": "client_credentials"}, (client["id"], client["client_secret"])
    token = ask(shop, "POST", "/oauth/token", data=form, auth=secret).json()["access_token"]
    return {**made, f"program ({BOOKKEEPING})": f"Bearer {token}"}
