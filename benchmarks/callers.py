"""Who asks: customers and staff with real access tokens, as the users service signs them."""

import json
import time
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from chassis.signing import new_secret
from chassis.topology import SERVICES
from config.environment import new_private_key

HOUR = 3600


@dataclass(frozen=True)
class Keys:
    """What the services sign with; one pair of keys and one secret are enough for a benchmark."""

    private: str = field(default_factory=new_private_key, repr=False)
    secret: str = field(default_factory=new_secret, repr=False)

    @property
    def public(self) -> str:
        """The half that verifies, as PEM."""
        key = load_pem_private_key(self.private.encode(), password=None).public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def tokens(keys: Keys, issuer: str, ids: list[str], *, scope: str = "") -> list[str]:
    """A token for each of these people, good for an hour."""
    kid, now = _name_of_key(issuer), int(time.time())
    header = {"kid": kid, "typ": "at+jwt"}
    claims = {"iss": issuer, "aud": list(SERVICES), "client_id": "benchmark", "iat": now, "exp": now + HOUR}
    persons = [{"sub": id, "email": f"{id}@example.com", "jti": uuid4().hex, "scope": scope, "roles": []} for id in ids]
    return [jwt.encode({**claims, **person}, keys.private, "RS256", header) for person in persons]


def _name_of_key(issuer: str) -> str:
    with closing(HTTPConnection(urlsplit(issuer).netloc, timeout=60)) as connection:
        connection.request("GET", "/services/users/jwks.json")
        return str(json.load(connection.getresponse())["keys"][0]["kid"])
