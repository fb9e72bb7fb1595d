"""Programs of integrators, the keys of people, and who did what."""

import base64
from typing import Any

from tests.equivalence.casts import Cast, Visitor, let_revocations_be_heard
from tests.equivalence.recording import Answer

EVERYWHERE = ("/v1/users/me", "/v2/orders?limit=1", "/v1/payments?limit=1")
OF_ALL = ("/v1/users?limit=1", "/v2/orders?limit=1", "/v1/payments?limit=1")


def programs(cast: Cast) -> None:
    """A program asks for itself, at every service, until it is closed."""
    wanted = {"name": "Bücher & <Co>", "grant": "client_credentials", "scopes": ["orders:read", "payments:read"]}
    cast.anna.post("anna may not register one", "/v1/clients", wanted)
    cast.admin.post("for what it can have nothing of", "/v1/clients", {**wanted, "scopes": ["own:read"]})
    made = cast.admin.post("a program is registered", "/v1/clients", wanted).body
    client, secret = made["id"], made["client_secret"]
    _token(cast, "with another secret", client, "x" * 43)
    _token(cast, "for more than it may have", client, secret, scope="users:read")
    _token(cast, "in a way that is not offered", client, secret, grant_type="password")
    token = _token(cast, "it asks for a token", client, secret).body["access_token"]
    program = Visitor.with_token(cast.recorder, token)
    for path in (*OF_ALL, *EVERYWHERE):
        program.get("it asks", path)
    program.post("it orders nothing for itself", "/v2/orders", cast.basket(cup=1), key="a-program-orders")
    cast.admin.get("staff see it", f"/v1/clients/{client}")
    cast.admin.post("it is closed", f"/v1/clients/{client}/deactivate", {})
    let_revocations_be_heard(cast)
    for path in OF_ALL:
        program.get("its token is good nowhere", path)
    _token(cast, "and it gets no other", client, secret)
    _form(cast, "what a token is good for, asked by a closed one", "/oauth/introspect", client, secret, token=token)


def api_keys(cast: Cast) -> None:
    """A key asks for its owner, at every service, until it is revoked."""
    anna, url = cast.anna, "/v1/users/me/api-keys"
    anna.post("for more than she may do", url, {"name": "Mine", "scopes": ["orders:read"]})
    reading = anna.post("a key that reads", url, {"name": "Reads ☕", "scopes": ["own:read"]}).body
    acting = anna.post("a key that acts", url, {"name": "Acts", "scopes": ["own:read", "own:write"]}).body
    reader, actor = (_with_key(cast, made["key"]) for made in (reading, acting))
    for path in EVERYWHERE:
        reader.get("the key asks", path)
    reader.post("it does not order", "/v2/orders", cast.basket(cup=1), key="a-key-that-reads")
    order = actor.post("the other one does", "/v2/orders", cast.basket(cup=1), key="a-key-that-acts").body["id"]
    anna.get("it is hers", f"/v2/orders/{order}")
    actor.get("no key reads keys", url)
    cast.boris.get("nor does anybody else", f"{url}/{reading['id']}")
    renewed = anna.post("it gets another secret", f"{url}/{reading['id']}/rotate", {"overlap_seconds": 0}).body
    let_revocations_be_heard(cast)
    _with_key(cast, renewed["key"]).get("the new one is good", "/v2/orders?limit=1")
    anna.ask("she revokes the one that acts", "DELETE", f"{url}/{acting['id']}")
    let_revocations_be_heard(cast)
    for path in EVERYWHERE:
        actor.get("it is good nowhere", path)
    _with_key(cast, "tl_00000000_" + "x" * 43).get("a key that never was", "/v2/orders")
    anna.get("both are listed", f"{url}?ordering=created_at")


def trails(cast: Cast) -> None:
    """Who did what, for whoever may know."""
    for service in ("users", "orders", "payments"):
        url = f"/v1/services/{service}/audit-events?limit=3&ordering=at"
        cast.anna.get("anna may not know", url)
        cast.admin.get("what was done first", url)


def receivers(cast: Cast) -> None:
    """Other systems of the shop are registered at every service; nothing happens that they would be told of."""
    for service, events in (("users", "user.verified"), ("orders", "order.expired"), ("payments", "refund.*")):
        here = f"/v1/services/{service}/webhook-endpoints"
        body = {"url": "https://receiver.example/hooks", "events": [events], "description": "Kasse № 1"}
        cast.anna.post("anna may not", here, body)
        cast.admin.post("what never happens here", here, {**body, "events": ["moon.risen"]})
        cast.admin.post("where nobody may be sent", here, {**body, "url": "https://10.0.0.1/"})
        url = f"{here}/{cast.admin.post('a receiver', here, body).body['id']}"
        cast.admin.ask("it is renamed", "PATCH", url, {"description": "Kasse ②"}, If_Match="*")
        cast.admin.post("its secret is another", f"{url}/rotate-secret", {})
        cast.admin.get("it is listed", here)
        cast.admin.get("it was sent nothing", f"{url}/deliveries?status=dead")
        cast.admin.ask("it is archived", "DELETE", url)
        cast.admin.post("so it is not tested", f"{url}/test", {})
        cast.admin.get("nothing waits", f"/v1/services/{service}/announcements?direction=in&failing=true")
        cast.admin.post("so nothing is replayed", f"/v1/services/{service}/announcements/evt_x/replay", {})


def _with_key(cast: Cast, key: str) -> Visitor:
    return Visitor(cast.recorder, Authorization=f"Api-Key {key}")


def _token(cast: Cast, step: str, client: str, secret: str, **more: str) -> Answer:
    return _form(cast, step, "/oauth/token", client, secret, **{"grant_type": "client_credentials", **more})


def _form(cast: Cast, step: str, path: str, client: str, secret: str, **fields: Any) -> Answer:
    basic = base64.b64encode(f"{client}:{secret}".encode()).decode()
    return cast.recorder.ask(step, "POST", path, data=fields, headers={"Authorization": f"Basic {basic}"})
