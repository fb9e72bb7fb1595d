"""Paying, refunding, cancelling."""

from tests.equivalence.casts import Cast


def paying(cast: Cast) -> None:
    """From a new order to a confirmed one, with declines on the way."""
    anna, boris = cast.anna, cast.boris
    order = cast.placed(anna, "to-be-paid", cup=1)
    path = f"/v1/orders/{order}"
    boris.post("boris cannot pay what he does not see", f"{path}/pay", {}, key="not-his")
    anna.post("paying needs a key", f"{path}/pay", {})
    anna.post("through a provider that is none", f"{path}/pay", {"provider": "barter"}, key="pay-barter")
    opened = anna.post("anna is about to pay", f"{path}/pay", {}, key="pay-1").body
    anna.post("she asks twice", f"{path}/pay", {}, key="pay-1")
    anna.post("she asks anew: the same payment", f"{path}/pay", {"provider": "sandbox"}, key="pay-2")
    payment = f"/v1/payments/{opened['payment']['id']}"
    seen = anna.get("she reads the payment", payment)
    anna.get("it has not changed", payment, If_None_Match=seen.etag)
    boris.get("it is not there for boris", payment)
    cast.admin.get("staff see what the provider calls it", payment)
    for method in ("sbx_declined", "sbx_insufficient_funds", "sbx_magic"):
        cast.confirm(anna, opened["payment"]["id"], method)
    boris.post(
        "boris cannot pay for her", f"/v1/sandbox{payment.removeprefix('/v1')}/confirm", {"payment_method": "sbx_ok"}
    )
    cast.confirm(anna, opened["payment"]["id"])
    cast.recorder.settle()
    anna.get("the order is confirmed", path)
    cast.confirm(anna, opened["payment"]["id"])
    anna.post("what is paid is not paid again", f"{path}/pay", {}, key="pay-3")
    anna.get("her payments", "/v1/payments")
    anna.get("her payments for this order", f"/v1/payments?order_id={order}")
    boris.get("boris has none", f"/v1/payments?order_id={order}")
    cast.nobody.get("who collects money here", "/v1/providers")


def payments_by_staff(cast: Cast) -> None:
    """Payments without an order of ours: for staff and services alone."""
    admin = cast.admin
    body = {
        "order_id": "ord_00000000000000000000000007",
        "attempt": 1,
        "amount": 700,
        "currency": "EUR",
        "provider": "sandbox",
    }
    cast.anna.post("customers open no payments", "/v1/payments", body)
    cast.nobody.post("nobody opens no payments", "/v1/payments", body)
    payment = admin.post("staff open a payment", "/v1/payments", body).body["id"]
    admin.post("which is the same the second time", "/v1/payments", body)
    admin.post("and no other", "/v1/payments", {**body, "amount": 800})
    admin.post("by a provider that is none", "/v1/payments", {**body, "attempt": 2, "provider": "barter"})
    admin.post("for nothing", "/v1/payments", {**body, "amount": 0})
    admin.post("staff ask after it", f"/v1/payments/{payment}/sync", {})
    refund = {"refund_request_id": "one", "amount": 1, "reason": "because"}
    admin.post("nothing was paid, nothing is refunded", f"/v1/payments/{payment}/refunds", refund)
    admin.post("staff cancel it", f"/v1/payments/{payment}/cancel", {})
    admin.post("cancelled is cancelled", f"/v1/payments/{payment}/cancel", {})
    cast.anna.post("customers cancel no payments", f"/v1/payments/{payment}/cancel", {})
    cast.recorder.settle()


def refunding(cast: Cast) -> None:
    """Money goes back by the line and by amount, and never more than was paid."""
    admin, anna = cast.admin, cast.anna
    order, payment = cast.paid(anna, "to-be-refunded", cup=3, plate=7)
    path, by_line = f"/v1/orders/{order}/refunds", {"reason": "requested_by_customer"}
    lines = anna.get("anna reads her lines", f"/v1/orders/{order}").body["lines"]
    one = {**by_line, "lines": [{"line_id": lines[0]["id"], "quantity": 1}]}
    anna.post("customers refund nothing", path, one, key="refund-anna")
    admin.post("a refund needs a key", path, one)
    admin.post("one cup goes back", path, one, key="refund-1")
    admin.post("the same refund", path, one, key="refund-1")
    cast.recorder.settle()
    anna.get("partly refunded", f"/v1/orders/{order}")
    admin.post("an amount goes back", path, {"amount": 101, "reason": "other"}, key="refund-2")
    admin.post("more than was paid", path, {"amount": 10**6, "reason": "other"}, key="refund-3")
    admin.post("more than were bought", path, {"lines": [{"line_id": lines[1]["id"], "quantity": 8}]}, key="refund-4")
    admin.post("a line of another order", path, {"lines": [{"line_id": "oli_x", "quantity": 1}]}, key="refund-5")
    admin.post("both at once", path, {**one, "amount": 1}, key="refund-6")
    admin.post("for a reason of one's own", path, {**one, "reason": "laune"}, key="refund-7")
    cast.recorder.settle()
    rest = anna.get("what is left", f"/v1/orders/{order}").body
    left = rest["amount_paid"] - rest["amount_refunded"]
    admin.post("the rest goes back", path, {"amount": left, "reason": "other"}, key="refund-8")
    cast.recorder.settle()
    admin.post("nothing is left to refund", path, {"amount": 1, "reason": "other"}, key="refund-9")
    anna.get("anna reads the refunds", path)
    cast.boris.get("boris does not", path)
    anna.get("the payment says the same", f"/v1/payments/{payment}")
    shown = anna.get("the refunds at payments", f"/v1/payments/{payment}/refunds?limit=2&ordering=created_at").body
    anna.get("one of them", f"/v1/refunds/{shown['data'][0]['id']}")
    cast.boris.get("which boris does not find", f"/v1/refunds/{shown['data'][0]['id']}")
    admin.get("all refunds", "/v1/refunds?status=succeeded")


def cancelling(cast: Cast) -> None:
    """An order ends: its stock returns, its payment is closed, its money goes back."""
    anna, admin = cast.anna, cast.admin
    product = f"/v1/products/{cast.products['limited']}"
    unpaid = cast.placed(anna, "to-be-cancelled", limited=2)
    admin.get("two are held", product)
    cast.boris.post("boris cancels nothing of hers", f"/v1/orders/{unpaid}/cancel", {})
    anna.post("anna cancels", f"/v1/orders/{unpaid}/cancel", {"reason": "doch nicht"}, key="cancel-1")
    anna.post("twice is once", f"/v1/orders/{unpaid}/cancel", {"reason": "again"}, key="cancel-2")
    admin.get("none are held", product)
    anna.post("cancelled is not paid", f"/v1/orders/{unpaid}/pay", {}, key="cancel-pay")
    opened = cast.placed(anna, "to-be-cancelled-open", limited=1)
    payment = anna.post("about to be paid", f"/v1/orders/{opened}/pay", {}, key="cancel-open").body["payment"]["id"]
    anna.post("cancelled before it is paid", f"/v1/orders/{opened}/cancel", {})
    cast.recorder.settle()
    anna.get("its payment is cancelled too", f"/v1/payments/{payment}")
    cast.confirm(anna, payment)
    paid, _ = cast.paid(anna, "to-be-cancelled-paid", limited=1)
    admin.post("staff cancel what is paid", f"/v1/orders/{paid}/cancel", {"reason": "Lager leer"})
    cast.recorder.settle()
    anna.get("the money is back", f"/v1/orders/{paid}")
    anna.get("with the reason", f"/v1/orders/{paid}/refunds")
    admin.post("nothing is left to refund", f"/v1/orders/{paid}/refunds", {"amount": 1}, key="cancel-refund")
    admin.get("and none are held", product)
    cast.nobody.post("nobody cancels nothing", f"/v1/orders/{paid}/cancel", {})
