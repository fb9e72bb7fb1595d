"""Pricing and placing orders, as a customer and as a guest."""

from urllib.parse import urlsplit

from tests.equivalence.casts import ADDRESS, Cast, Visitor

GUEST = {"email": "gäst@example.com"}


def quotes(cast: Cast) -> None:
    """What a basket would cost."""
    nobody, basket = cast.nobody, cast.basket(cup=2, plate=3, scarce=9)
    del basket["shipping_address"]
    nobody.post("a basket is priced", "/v1/quotes", basket)
    cast.anna.post("for customers as well", "/v1/quotes", basket)
    nobody.post("in a currency without a price", "/v1/quotes", {**basket, "currency": "CHF"})
    nobody.post("an empty basket", "/v1/quotes", {**basket, "lines": []})


def ordering(cast: Cast) -> None:
    """An order is placed, found by who may see it, and by nobody else."""
    anna, body = cast.anna, {**cast.basket(cup=2, plate=1), "customer_note": "Bitte klingeln 🔔"}
    body["lines"].append({"product_id": cast.products["cup"], "quantity": 1})
    placed = anna.post("anna orders, one product in two lines", "/v1/orders", body, key="order-1")
    anna.post("she sends it twice", "/v1/orders", body, key="order-1")
    anna.post("the key for another order", "/v1/orders", {**body, "customer_note": ""}, key="order-1")
    cast.boris.post(
        "boris may have the same key", "/v1/orders", {**body, "expected_total": placed.body["total"]}, key="order-1"
    )
    anna.post("an order needs a key", "/v1/orders", body)
    path = urlsplit(placed.headers["Location"]).path
    order = anna.get("she reads it", path)
    anna.get("it has not changed", path, If_None_Match=order.etag)
    cast.boris.get("it is not there for boris", path)
    cast.nobody.get("nor for nobody", path)
    cast.admin.get("staff read it", path)
    customer = cast.admin.get("and whose it is", f"{path}/customer")
    cast.admin.get("which has not changed", f"{path}/customer", If_None_Match=customer.etag)
    anna.get("customers do not read that", f"{path}/customer")
    cast.nobody.get("nor does nobody", f"{path}/customer")
    free = anna.post("what costs nothing is confirmed at once", "/v1/orders", cast.basket(gift=1), key="order-free")
    anna.post("and cannot be paid", f"/v1/orders/{free.body['id']}/pay", {}, key="order-free-pay")
    anna.get("her orders", "/v1/orders")
    anna.get("her open orders, dearest first", "/v1/orders?status=pending_payment&ordering=-total")
    anna.get("customers filter by no customer", "/v1/orders?customer_id=x")
    cast.admin.get("staff look for a customer", "/v1/orders?email=ANNA@example.com&limit=1")
    cast.admin.get("staff look for a number", f"/v1/orders?number={order.body['number']}")
    cast.recorder.settle()


def refused_orders(cast: Cast) -> None:
    """Every reason not to take an order; none leaves stock held."""
    refusals = {
        "more than there is": cast.basket(scarce=6),
        "nothing is left": cast.basket(cup=1, gone=1),
        "a draft": cast.basket(draft=1),
        "too many for one order": cast.basket(limited=3),
        "another currency": {**cast.basket(plate=1), "currency": "EUR"},
        "another total": {**cast.basket(cup=1), "expected_total": 1},
        "a product that never was": {**cast.basket(), "lines": [{"product_id": "prd_x", "quantity": 1}]},
        "nothing": cast.basket(),
        "none of it": cast.basket(cup=0),
        "true is no number": {**cast.basket(), "lines": [{"product_id": cast.products["cup"], "quantity": True}]},
        "a country that is none": {**cast.basket(cup=1), "shipping_address": {**ADDRESS, "country": "XX"}},
        "half an address": {**cast.basket(cup=1), "shipping_address": {"city": "Łódź"}},
        "a customer with another address": {**cast.basket(cup=1), **GUEST},
        "a currency that is none": {**cast.basket(cup=1), "currency": "pound"},
    }
    for number, (step, body) in enumerate(refusals.items()):
        cast.anna.post(step, "/v1/orders", body, key=f"refused-order-{number}")
    cast.anna.post("refused again, from memory", "/v1/orders", cast.basket(scarce=6), key="refused-order-0")
    cast.admin.get("what is left of it", f"/v1/products/{cast.products['scarce']}")


def guests(cast: Cast) -> None:
    """Somebody without an account orders, pays, and sees only this."""
    nobody, key, body = (
        cast.nobody,
        "guest-order-0123456789abcdef",
        {**cast.basket(cup=1), "email": "guest@example.com"},
    )
    nobody.post("a guest says where to write to", "/v1/orders", cast.basket(cup=1), key=key)
    nobody.post("a guest's key is long", "/v1/orders", body, key="short")
    nobody.post("that is no address", "/v1/orders", {**body, **GUEST}, key="guest-order-0123456789-other")
    placed = nobody.post("a guest orders", "/v1/orders", body, key=key).body
    nobody.post("and again: the same order and token", "/v1/orders", body, key=key)
    path = f"/v1/orders/{placed['id']}"
    guest = Visitor(cast.recorder, **{"X-Order-Token": placed["guest_token"]})
    nobody.get("without the token it is not there", path)
    cast.admin.get("it is no customer's", f"{path}/customer")
    nobody.get("with another token neither", path, X_Order_Token="x" * 43)
    guest.get("with its token it is", path)
    cast.anna.get("customers do not see it", path)
    payment = guest.post("the guest pays", f"{path}/pay", {}, key="guest-pays-0123456789abcdef").body["payment"]
    payer = Visitor.with_token(cast.recorder, payment["payer_token"])
    payer.get("the payer reads the payment", f"/v1/payments/{payment['id']}")
    payer.get("and no other", "/v1/payments/pay_00000000000000000000000000")
    payer.get("a payer is nobody at orders", path)
    cast.nobody.get("nobody reads no payment", f"/v1/payments/{payment['id']}")
    cast.confirm(payer, payment["id"])
    cast.recorder.settle()
    guest.get("the order is confirmed", path)
    guest.post("the guest changes their mind", f"{path}/cancel", {"reason": "Läuft nicht"})
    cast.recorder.settle()
    guest.get("and has the money back", path)
