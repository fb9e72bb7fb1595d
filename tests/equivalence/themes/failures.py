"""Neighbours that crash, that are down, and time that runs out."""

import time

from tests.equivalence.casts import Cast

# How long a neighbour that failed is let be, and a little more.
REST_SECONDS = 1.5


def crashes(cast: Cast) -> None:
    """A crash is a problem for whoever asked, and is made good when it is over."""
    anna, shop = cast.anna, cast.recorder.shop
    plan = shop.plan_faults
    order = cast.placed(anna, "amid-crashes", plate=1)
    plan(crash=("/v1/payments", "/v1/products"))
    anna.post("payments crashes while she pays", f"/v1/orders/{order}/pay", {}, key="crash-pay")
    anna.post("the answer is kept", f"/v1/orders/{order}/pay", {}, key="crash-pay")
    anna.get("a crash she meets herself", "/v1/payments")
    cast.nobody.get("and one of orders", "/v1/products")
    anna.get("the order stands", f"/v1/orders/{order}")
    plan()
    cast.recorder.settle()
    opened = anna.post("payments is back", f"/v1/orders/{order}/pay", {}, key="crash-pay-again").body
    plan(crash=("/internal/orders/v1/announcements",))
    cast.confirm(anna, opened["payment"]["id"])
    shop.wait_for_failure()
    plan()
    cast.recorder.settle()
    anna.get("the order is confirmed in the end", f"/v1/orders/{order}")


def down(cast: Cast) -> None:
    """A neighbour that does not answer holds up what needs it, and nothing else."""
    anna, admin, shop = cast.anna, cast.admin, cast.recorder.shop
    plan = shop.plan_faults
    first, second = cast.placed(anna, "while-down", plate=2), cast.placed(anna, "while-down-too", plate=3)
    paid, _ = cast.paid(anna, "paid-before-down", plate=5)
    plan(down=("payments",))
    anna.post("payments is down", f"/v1/orders/{first}/pay", {}, key="down-pay")
    anna.post("orders are cancelled all the same", f"/v1/orders/{first}/cancel", {})
    anna.post("paid ones too", f"/v1/orders/{paid}/cancel", {})
    anna.get("the money is on its way", f"/v1/orders/{paid}")
    cast.placed(anna, "placed-while-down", plate=1)
    plan()
    cast.recorder.settle()
    anna.get("the money is back", f"/v1/orders/{paid}")
    anna.get("its refund", f"/v1/orders/{paid}/refunds")
    admin.get("no payment is left open", f"/v1/payments?order_id={first}")
    opened = anna.post("payments is back", f"/v1/orders/{second}/pay", {}, key="down-no-more").body
    plan(down=("orders",))
    cast.confirm(anna, opened["payment"]["id"])
    shop.wait_for_failure()
    anna.get("paid, but orders has not heard", f"/v1/orders/{second}")
    plan()
    cast.recorder.settle()
    anna.get("now it has", f"/v1/orders/{second}")


def absences(cast: Cast) -> None:
    """Who was known before users went away is known until it is back, as of then."""
    anna, admin, shop = cast.anna, cast.admin, cast.recorder.shop
    hers, his = (cast.placed(buyer, "before-users-left", cup=1) for buyer in (anna, cast.boris))
    for name in ("Anna Ålund", "Anna 王"):
        anna.ask("anna takes another name", "PATCH", "/v1/users/me", {"full_name": name}, If_Match="*")
        cast.recorder.settle()
        admin.get("staff see it", f"/v2/orders/{hers}/customer")
    anna.ask("and her own", "PATCH", "/v1/users/me", {"full_name": "Anna Ångström"}, If_Match="*")
    cast.recorder.settle()
    shop.plan_faults(down=("users",))
    admin.get("users cannot tell", f"/v2/orders/{hers}/customer")
    admin.get("nor in the other version", f"/v1/orders/{hers}/customer")
    admin.get("and boris was never asked for", f"/v2/orders/{his}/customer")
    cast.placed(anna, "placed-while-users-is-down", cup=1)
    shop.plan_faults()
    time.sleep(REST_SECONDS)
    admin.get("users tells again", f"/v2/orders/{hers}/customer")
    admin.get("of boris, too", f"/v2/orders/{his}/customer")


def deadlines(cast: Cast) -> None:
    """No work begins when its time is spent, and nobody asks in circles."""
    nobody = cast.nobody
    nobody.get("no time is left", "/v1/products", X_Request_Timeout_Ms="0")
    nobody.get("payments takes too long", "/v1/orders/probe/slowly", X_Request_Timeout_Ms="250")
    nobody.get("payments has time enough", "/v1/orders/probe/slowly", X_Request_Timeout_Ms="9000")
    nobody.get("how far it is says no client", "/v1/orders/probe/values", X_Request_Hops="8")
    order = cast.placed(cast.anna, "too-far", plate=1)
    cast.anna.post("nor when she pays", f"/v1/orders/{order}/pay", {}, key="too-far-pay", X_Request_Hops="8")
