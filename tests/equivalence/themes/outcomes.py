"""What whoever pays in the sandbox may choose besides yes and no, and what providers tell."""

from tests.equivalence.casts import Cast

TWO_DAYS = 2 * 24 * 3600


def scripted_outcomes(cast: Cast) -> None:
    """3-D Secure, money set aside, an answer that never comes, days of waiting, news that is late or lost."""
    admin, anna, nobody = cast.admin, cast.anna, cast.nobody
    order, payment = _opened(cast, "asked-who-pays")
    complete = f"/v1/sandbox/payments/{payment}/complete"
    anna.post("nothing is to be proved yet", complete, {})
    cast.confirm(anna, payment, "sbx_3ds")
    anna.post("the bank does not know her", complete, {"is_authenticated": False})
    cast.confirm(anna, payment, "sbx_timeout_not_charged")
    cast.recorder.settle()
    anna.get("nothing was taken", f"/v1/payments/{payment}")
    cast.confirm(anna, payment, "sbx_3ds")
    anna.post("now it does", complete, {})
    cast.recorder.settle()
    anna.get("the order is confirmed", f"/v1/orders/{order}")
    _, aside = _opened(cast, "set-aside")
    capture = f"/v1/payments/{aside}/capture"
    admin.post("nothing is authorized yet", capture, {})
    cast.confirm(anna, aside, "sbx_auth_only")
    admin.post("more than is authorized", capture, {"amount": 10**6})
    anna.post("customers capture nothing", capture, {})
    admin.post("all of it", capture, {})
    admin.post("once", capture, {})
    order, slow = _opened(cast, "takes-days")
    cast.confirm(anna, slow, "sbx_processing_ok")
    cast.recorder.settle()
    admin.post("what is under way is not cancelled", f"/v1/payments/{slow}/cancel", {})
    anna.post("customers do not move clocks", "/v1/sandbox/clock", {"advance_seconds": TWO_DAYS})
    admin.post("two days pass", "/v1/sandbox/clock", {"advance_seconds": TWO_DAYS})
    cast.recorder.settle()
    anna.get("and it is paid", f"/v1/orders/{order}")
    _, lost = _opened(cast, "unheard-of")
    cast.confirm(anna, lost, "sbx_webhook_lost")
    admin.post("asking helps", f"/v1/payments/{lost}/sync", {})
    nobody.post("webhooks are signed", "/v1/webhooks/sandbox", {"type": "intent.succeeded"})
    nobody.post("by who collects here", "/v1/webhooks/stripe", {"type": "payment_intent.succeeded"})
    cast.recorder.settle()
    admin.get("what was told", "/v1/provider-events?ordering=-created_at&limit=1&status=dead")
    admin.post("what was not told is not replayed", "/v1/provider-events/pev_00000000000000000000000000/replay", {})
    admin.post("no refund, no cancelling", "/v1/refunds/ref_00000000000000000000000000/cancel", {})


def _opened(cast: Cast, key: str) -> tuple[str, str]:
    """The ids of a new order and its payment."""
    order = cast.placed(cast.anna, key, cup=1)
    opened = cast.anna.post(f"it is about to be paid ({key})", f"/v1/orders/{order}/pay", {}, key=f"{key}-pay").body
    return order, opened["payment"]["id"]
