"""Many at the same moment."""

from typing import Any

from tests.equivalence.casts import Cast

MANY = 10


def crowds(cast: Cast) -> None:
    """The same command ten times at once is done once; ten for the last five get five."""
    body = cast.basket(cup=1)
    order = _at_once(cast, "ten times the same order", "/v1/orders", [(body, "crowd-same")] * MANY)[0].body["id"]
    pay = f"/v1/orders/{order}/pay"
    opened = _at_once(cast, "ten times the same payment", pay, [({}, "crowd-pay")] * MANY)[0].body["payment"]["id"]
    _at_once(cast, "ten payments of one order", pay, [({}, f"crowd-pay-{n}") for n in range(MANY)])
    confirm = f"/v1/sandbox/payments/{opened}/confirm"
    _at_once(cast, "ten times paid", confirm, [({"payment_method": "sbx_ok"}, "crowd-confirm")] * MANY)
    cast.recorder.settle()
    cast.anna.get("it is confirmed once", f"/v1/orders/{order}")
    other = cast.placed(cast.anna, "crowd-cancelled", cup=1)
    _at_once(
        cast, "ten times cancelled", f"/v1/orders/{other}/cancel", [({}, f"crowd-cancel-{n}") for n in range(MANY)]
    )
    cast.anna.get("it is cancelled once", f"/v1/orders/{other}")
    _at_once(cast, "ten for the last five", "/v1/orders", [(cast.basket(scarce=1), f"crowd-{n}") for n in range(MANY)])
    cast.admin.get("none is left", f"/v1/products/{cast.products['scarce']}")
    cast.recorder.settle()


def _at_once(cast: Cast, step: str, path: str, commands: list[tuple[dict[str, Any], str]]) -> Any:
    bodies = [{"json": body, "headers": {**cast.anna.headers, "Idempotency-Key": key}} for body, key in commands]
    return cast.recorder.ask_at_once(step, "POST", path, bodies)
