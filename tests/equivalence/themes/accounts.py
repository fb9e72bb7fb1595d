"""Accounts, signing in, and what tokens open."""

import time
from typing import Any

import jwt

from tests.equivalence.casts import PASSWORD, Cast, Visitor


def accounts(cast: Cast) -> None:
    """Who may see and change which account."""
    nobody, anna, admin = cast.nobody, cast.anna, cast.admin
    again = {"email": " ANNA@example.com", "password": PASSWORD, "full_name": "Another Anna"}
    nobody.post("an address is taken in any spelling", "/v1/users", again)
    nobody.post("a weak password", "/v1/users", {**again, "email": "weak@example.com", "password": "password123"})
    nobody.post("roles are not for the taking", "/v1/users", {**again, "email": "c@example.com", "roles": ["admin"]})
    nobody.post("everything is missing", "/v1/users", {})
    me = anna.get("anna reads her account", "/v1/users/me")
    anna.get("she has it already", "/v1/users/me", If_None_Match=me.etag)
    anna.ask("a change without If-Match", "PATCH", "/v1/users/me", {"full_name": "Ä"})
    anna.ask("anna changes her name", "PATCH", "/v1/users/me", {"full_name": "Anna Ωmega"}, If_Match=me.etag)
    anna.ask("a change of what is no longer", "PATCH", "/v1/users/me", {"full_name": "Ö"}, If_Match=me.etag)
    anna.ask("a role is no name", "PATCH", "/v1/users/me", {"roles": ["admin"]}, If_Match="*")
    anna.get("anna reads herself by id", f"/v1/users/{me.body['id']}")
    cast.boris.get("boris does not find anna", f"/v1/users/{me.body['id']}")
    admin.get("staff find anna", f"/v1/users/{me.body['id']}")
    admin.get("nobody has this id", "/v1/users/usr_00000000000000000000000000")
    anna.get("customers may not list people", "/v1/users")
    admin.get("staff list people", "/v1/users?ordering=email&limit=2")
    admin.get("staff look for an address", "/v1/users?email=BORIS%2Bshop@example.com")
    admin.get("a filter that takes two words", "/v1/users?is_active=perhaps")
    admin.get("staff read the roles", "/v1/roles")
    anna.get("customers do not read the roles", "/v1/roles")


def sign_ins(cast: Cast) -> None:
    """Staying signed in, and signing out."""
    nobody, credentials = cast.nobody, {"email": "anna@example.com", "password": PASSWORD}
    nobody.post("a wrong password", "/v1/tokens", {**credentials, "password": "not the one"})
    nobody.post("an unknown address", "/v1/tokens", {**credentials, "email": "who@example.com"})
    nobody.post("no address at all", "/v1/tokens", {**credentials, "email": "anna"})
    first = nobody.post("anna signs in elsewhere", "/v1/tokens", credentials).body
    cast.recorder.note("what her token says", _claims(first["access_token"]))
    second = _refresh(nobody, "she stays signed in", first["refresh_token"])
    _refresh(nobody, "the old one was used before", first["refresh_token"])
    _refresh(nobody, "which ends its successor", second["refresh_token"])
    _refresh(nobody, "nobody's token", "x" * 43)
    third = nobody.post("anna signs in once more", "/v1/tokens", credentials).body
    nobody.post("she signs out", "/v1/tokens/revoke", {"refresh_token": third["refresh_token"]})
    _refresh(nobody, "signed out is signed out", third["refresh_token"])
    nobody.post("nobody signs out everywhere", "/v1/tokens/revoke", {"all": True})
    nobody.post("neither this nor all", "/v1/tokens/revoke", {})
    boris = nobody.post("boris signs in", "/v1/tokens", {**credentials, "email": "boris+shop@example.com"}).body
    everywhere = Visitor.with_token(cast.recorder, boris["access_token"])
    everywhere.post("boris signs out everywhere", "/v1/tokens/revoke", {"all": True})
    _refresh(nobody, "everywhere is everywhere", boris["refresh_token"])


def tokens(cast: Cast) -> None:
    """What is no good token is refused by every service, and says why."""
    bad_tokens = _bad_tokens(cast)
    for path in ("/v1/users/me", "/v1/orders", "/v1/payments"):
        cast.nobody.get("no token", path)
        cast.nobody.get("a token that is none", path, Authorization="Bearer rubbish")
        for step, token in bad_tokens.items():
            Visitor.with_token(cast.recorder, token).get(step, path)
    cast.nobody.get("another scheme", "/v1/orders", Authorization="Basic YTpi")
    cast.nobody.get("a bad token where none is needed", "/v1/products", Authorization="Bearer rubbish")


def _bad_tokens(cast: Cast) -> dict[str, str]:
    """Tokens that differ from a good one in a single thing."""
    shop, now = cast.recorder.shop, int(time.time())
    good = {
        "iss": shop.url,
        "sub": "usr_00000000000000000000000000",
        "aud": ["users", "orders", "payments"],
        "iat": now,
        "exp": now + 300,
        "jti": "one",
        "client_id": "password",
        "scope": "",
        "roles": [],
        "email": "",
    }
    users, orders = _key(cast, "users"), _key(cast, "orders")
    return {
        "an expired token": _signed(users, {**good, "iat": now - 900, "exp": now - 600}),
        "a token for somebody else": _signed(users, {**good, "aud": ["warehouse"]}),
        "a token of another issuer": _signed(users, {**good, "iss": "https://elsewhere.example"}),
        "a person's token by orders": _signed(orders, {**good, "iss": f"{shop.url}/services/orders"}),
        "a token of another type": _signed(users, good, typ="JWT"),
        "a token that nobody signed": jwt.encode(good, "", algorithm="none", headers={"typ": "at+jwt"}),
    }


def _signed(key: tuple[str, str], claims: dict[str, Any], typ: str = "at+jwt") -> str:
    kid, pem = key
    return jwt.encode(claims, pem, algorithm="RS256", headers={"kid": kid, "typ": typ})


def _key(cast: Cast, service: str) -> tuple[str, str]:
    """A service's key pair is in the folder of this shop; its public name stands in the key set."""
    keys = cast.nobody.get(f"the keys of {service}", f"/services/{service}/jwks.json").body["keys"]
    return keys[0]["kid"], (cast.recorder.shop.folder / "keys" / f"{service}.pem").read_text()


def _claims(token: str) -> dict[str, Any]:
    claims = jwt.decode(token, options={"verify_signature": False})
    return {"header": jwt.get_unverified_header(token), **claims, "iat": "{time}", "exp": claims["exp"] - claims["iat"]}


def _refresh(visitor: Visitor, step: str, token: str) -> dict[str, Any]:
    body: dict[str, Any] = visitor.post(step, "/v1/tokens/refresh", {"refresh_token": token}).body
    return body
