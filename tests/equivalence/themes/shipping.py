"""Sending what was ordered, and making a guest's order one's own."""

from tests.equivalence.casts import Cast


def shipping(cast: Cast) -> None:
    """An order is sent in two parcels, one of which comes back, and tells of it."""
    anna, admin = cast.anna, cast.admin
    order, _ = cast.paid(anna, "to-be-sent", cup=2)
    path = f"/v2/orders/{order}"
    line = anna.get("anna reads her line", path).body["lines"][0]["id"]
    one = {"lines": [{"line_id": line, "quantity": 1}]}
    anna.post("customers put nothing aside", f"{path}/fulfillments", one, key="aside-anna")
    first = admin.post("one is put aside", f"{path}/fulfillments", one, key="aside-1").body["id"]
    admin.post(
        "more than is left", f"{path}/fulfillments", {"lines": [{**one["lines"][0], "quantity": 2}]}, key="aside-2"
    )
    second = admin.post("the other one", f"{path}/fulfillments", one, key="aside-3").body["id"]
    parcel = {"carrier": "Post 📦", "tracking_number": "1", "tracking_url": "https://post.example/1"}
    admin.post("it is sent", f"{path}/fulfillments/{first}/ship", parcel)
    anna.post("and not cancelled any more", f"{path}/cancel", {})
    admin.post("it has arrived", f"{path}/fulfillments/{first}/deliver", {})
    admin.post(
        "the other is refunded instead", f"{path}/refunds", {"lines": [{"line_id": line, "quantity": 1}]}, key="r"
    )
    admin.post("and cannot be sent", f"{path}/fulfillments/{second}/ship", parcel)
    cast.recorder.settle()
    anna.get("anna reads how it travels", f"/v1/orders/{order}/fulfillments")
    anna.get("and what has happened", f"{path}/events")
    admin.get("staff read more of it", f"/v1/orders/{order}/events?ordering=-at&limit=3")
    admin.get("the order is complete", path)


def claiming(cast: Cast) -> None:
    """What was placed as a guest becomes a customer's, once."""
    body = {**cast.basket(plate=1), "email": "later@example.com"}
    placed = cast.nobody.post("somebody orders as a guest", "/v1/orders", body, key="a-guest-who-signs-in-later").body
    path, token = f"/v1/orders/{placed['id']}", {"X_Order_Token": placed["guest_token"]}
    cast.nobody.get("and reads what has happened", f"{path}/events", **token)
    cast.anna.post("nothing is claimed without the token", f"{path}/claim", {})
    cast.anna.post("it was anna", f"{path}/claim", {}, **token)
    cast.anna.post("twice is once", f"{path}/claim", {}, **token)
    cast.boris.post("boris comes too late", f"{path}/claim", {"guest_token": placed["guest_token"]})
    cast.nobody.get("the token opens nothing any more", path, **token)
