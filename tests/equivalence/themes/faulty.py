"""Calls that are delayed, lost, doubled and cut: everything is done in the end, and nothing twice."""

from typing import Any

from tests.equivalence.casts import Cast

CREATE, CANCEL, REFUND = "/v1/payments", "/v1/payments/{id}/cancel", "/v1/payments/{id}/refunds"
ANNOUNCE = "/internal/orders/v1/announcements"

# Once is made good by trying again; so often that nobody goes on trying is left to a worker.
ONCE, TOO_OFTEN = {"times": 1}, {"times": 3}
PAYING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("delay", {"seconds": 0.05}),
    ("delay", {"seconds": 60, "times": 1}),
    ("error_before", ONCE),
    ("error_before", TOO_OFTEN),
    ("error_after", ONCE),
    ("error_after", TOO_OFTEN),
    ("timeout_after", ONCE),
    ("duplicate", ONCE),
    ("cut_body", ONCE),
    ("cut_body", TOO_OFTEN),
)
GIVING_BACK = ("error_after", "timeout_after", "duplicate", "cut_body")
STRUCK_BY_CHANCE = ("error_before", "error_after", "timeout_after", "duplicate", "cut_body")
# With these all of it happens: calls that come through at once, after a try or two, and not at all.
SEEDS = (1, 2, 4, 5, 8, 9)
PAIR = ("orders", "payments")


def faulty_payments(cast: Cast) -> None:
    """Whatever becomes of the call that opens a payment, there is one, and it can be paid."""
    anna = cast.anna
    for number, (kind, facts) in enumerate(PAYING):
        order = cast.placed(anna, f"faulty-{number}", plate=1)
        pay, key = f"/v1/orders/{order}/pay", f"faulty-pay-{number}"
        cast.recorder.shop.plan_faults(to_payments(kind, CREATE, **facts))
        anna.post(f"anna pays, and there is a fault: {kind}, {facts}", pay, {}, key=key)
        anna.post("the answer is kept", pay, {}, key=key)
        be_well(cast)
        payment = anna.post("she asks for the payment", pay, {}, key=f"{key}-again").body["payment"]["id"]
        cast.confirm(anna, payment)
        cast.recorder.settle()
        assert payments_of(cast, order) == [(payment, "succeeded")]
        anna.get("the order is confirmed", f"/v1/orders/{order}")


def faulty_cancelling(cast: Cast) -> None:
    """An order that is cancelled, whatever becomes of the call, closes its payment."""
    anna = cast.anna
    for kind in GIVING_BACK:
        order = cast.placed(anna, f"faulty-cancelled-{kind}", plate=1)
        path = f"/v1/orders/{order}"
        payment = anna.post("about to be paid", f"{path}/pay", {}, key=f"faulty-open-{kind}").body["payment"]["id"]
        cast.recorder.shop.plan_faults(to_payments(kind, CANCEL))
        anna.post(f"anna cancels, and there is a fault: {kind}", f"{path}/cancel", {})
        be_well(cast)
        assert payments_of(cast, order) == [(payment, "cancelled")]
        anna.get("the order is cancelled", path)


def faulty_refunds(cast: Cast) -> None:
    """Money goes back once, whatever becomes of the calls that say so."""
    admin, anna = cast.admin, cast.anna
    for kind in GIVING_BACK:
        order, payment = cast.paid(anna, f"faulty-paid-{kind}", plate=2)
        path = f"/v1/orders/{order}"
        cast.recorder.shop.plan_faults(to_payments(kind, REFUND))
        body = {"amount": 100, "reason": "other"}
        admin.post(f"a refund, and there is a fault: {kind}", f"{path}/refunds", body, key=f"faulty-refund-{kind}")
        be_well(cast)
        cast.recorder.shop.plan_faults(to_payments(kind, REFUND))
        anna.post("the rest, with the same fault", f"{path}/cancel", {})
        be_well(cast)
        given = anna.get("what went back", f"/v1/payments/{payment}/refunds").body["data"]
        assert sorted(refund["status"] for refund in given) == ["succeeded", "succeeded"]
        found = anna.get("all of it", path).body
        assert found["amount_refunded"] == found["amount_paid"] == sum(refund["amount"] for refund in given)


def faulty_announcements(cast: Cast) -> None:
    """What payments announces is delivered until it is answered, and stored once."""
    anna, shop = cast.anna, cast.recorder.shop
    for kind, facts in (("delay", {"seconds": 0.05}), ("duplicate", {}), ("error_after", {}), ("cut_body", {})):
        order = cast.placed(anna, f"faulty-heard-{kind}", plate=1)
        path = f"/v1/orders/{order}"
        payment = anna.post("about to be paid", f"{path}/pay", {}, key=f"faulty-heard-{kind}").body["payment"]["id"]
        shop.plan_faults({"caller": "payments", "neighbour": "orders", "route": ANNOUNCE, "kind": kind, **facts})
        cast.confirm(anna, payment)
        if kind in {"error_after", "cut_body"}:
            shop.wait_for_failure()
        else:
            cast.recorder.settle()
        be_well(cast)
        assert payments_of(cast, order) == [(payment, "succeeded")]
        anna.get(f"orders has heard, though there was a fault: {kind}", path)


def faulty_by_chance(cast: Cast) -> None:
    """A seed replays: the same tries are struck in every topology, whoever makes them.

    One thing goes on at a time: of things that go on at once, which is struck would be a matter of luck. Questions are
    spared, because services of one process need not ask each other for their keys; and each order has a plan of its
    own, because where a machine is busy somebody may have had to try once more.
    """
    anna, settle = cast.anna, cast.recorder.settle
    struck = [{"kind": kind, "share": 0.2} for kind in STRUCK_BY_CHANCE]
    ways = [{"caller": one, "neighbour": other, "method": "POST"} for one, other in (PAIR, PAIR[::-1])]
    for seed in SEEDS:
        order = cast.placed(anna, f"chance-{seed}", plate=1)
        cast.recorder.shop.plan_faults(*({**way, **fault} for way in ways for fault in struck), seed=seed)
        anna.post(f"with seed {seed} she can pay, now or later", f"/v1/orders/{order}/pay", {}, key=f"chance-{seed}")
        settle()
        ((payment, _),) = payments_of(cast, order)
        cast.confirm(anna, payment)
        settle()
        assert payments_of(cast, order) == [(payment, "succeeded")]
        anna.get("the order is confirmed", f"/v1/orders/{order}")
    be_well(cast)


def stale_answers(cast: Cast) -> None:
    """Orders asks payments, tells it something, and asks again: it is answered as before."""
    probe, nobody = "/v1/orders/probe/recounted", cast.nobody
    nobody.get("without a fault there is one row more", f"{probe}?id=stale-1")
    question = {"caller": "orders", "neighbour": "payments", "route": "/internal/payments/v1/probe/rows"}
    cast.recorder.shop.plan_faults({**question, "kind": "stale_answer", "times": 1})
    nobody.get("with it there seems to be none", f"{probe}?id=stale-2")
    nobody.get("once", f"{probe}?id=stale-3")
    cast.recorder.shop.plan_faults()


def to_payments(kind: str, route: str, **facts: Any) -> dict[str, Any]:
    """A fault of what orders tells payments to do."""
    return {"caller": "orders", "neighbour": "payments", "method": "POST", "route": route, "kind": kind, **facts}


def be_well(cast: Cast) -> None:
    """Let nothing go wrong any more, and the workers make good what did."""
    cast.recorder.shop.plan_faults()
    cast.recorder.settle()


def payments_of(cast: Cast, order: str) -> list[tuple[str, str]]:
    """The ids and statuses of an order's payments."""
    found = cast.admin.get("the payments of this order", f"/v1/payments?order_id={order}").body["data"]
    return [(payment["id"], payment["status"]) for payment in found]
