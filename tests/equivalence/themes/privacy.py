"""What is kept of somebody, told and forgotten by every service."""

from tests.equivalence.casts import PASSWORD, Cast, Visitor
from tests.equivalence.recording import Answer

ZITA = {"email": "zita@example.com", "password": PASSWORD, "full_name": "Zita Źdźbło"}


def privacy(cast: Cast) -> None:
    """Zita has all that is kept of her, and has it gone; an order that is open is in the way."""
    cast.nobody.post("zita opens an account", "/v1/users", ZITA)
    entry = {name: ZITA[name] for name in ("email", "password")}
    zita = Visitor.with_token(cast.recorder, cast.nobody.post("she signs in", "/v1/tokens", entry).body["access_token"])
    note = {"customer_note": "Bei Źdźbło läuten"}
    order = zita.post("she orders", "/v2/orders", {**cast.basket(cup=1), **note}, key="zita-orders").body["id"]
    _follow(cast, zita, zita.post("she asks for all that is kept of her", "/v1/users/me/exports", {}))
    zita.post("her order is in the way", "/v1/users/me/erasure", {"password": PASSWORD})
    zita.post("she calls it off", f"/v2/orders/{order}/cancel", {"reason": "Zita moves"})
    zita.post("somebody who is not her", "/v1/users/me/erasure", {"password": "not the password"})
    begun = zita.post("she is to be forgotten", "/v1/users/me/erasure", {"password": PASSWORD})
    token = begun.body["operation_token"]
    _follow(cast, Visitor(cast.recorder, **{"X-Operation-Token": token}), begun)
    cast.nobody.get("without the token", f"/v1/services/users/operations/{begun.body['id']}")
    cast.nobody.post("she is nobody here any more", "/v1/tokens", entry)
    cast.admin.get("her order is nobody's", f"/v2/orders/{order}")
    cast.admin.get("nor is it known whose it was", f"/v2/orders/{order}/customer")
    cast.admin.get("nothing is kept for an invoice", f"/v2/orders/{order}/retained-contact")


def _follow(cast: Cast, who: Visitor, begun: Answer) -> None:
    cast.recorder.settle()
    there = f"/v1/services/users/operations/{begun.body['id']}"
    who.get("how far it is", there)
    who.get("what came of it", f"{there}/result")
