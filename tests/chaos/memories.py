"""What buyers were told, by which the shop is held in the end."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from demo.callers import Caller
from demo.connections import Json

SURE = "sbx_ok"
STANDS = {"confirmed", "completed"}
GIVEN_BACK = {"refunded"}


@dataclass
class Memory:
    """One buyer's deal: the order that the shop named, and what it has said of it since."""

    note: str
    order_id: str = ""
    method: str = ""
    is_paid: bool = False
    is_confirmed: bool = False
    is_cancelled: bool = False
    refunds: list[str] = field(default_factory=list)


def contradictions(staff: Caller, memories: list[Memory]) -> Iterator[str]:
    """Where the shop does not stand by what it has said."""
    orders = {order["id"]: order for order in staff.every("/v2/orders")}
    yield from _placed_twice(orders)
    for memory in memories:
        if memory.order_id:
            order = orders.get(memory.order_id)
            yield from _of_order(memory, order) if order else [f"order {memory.order_id} was placed, and is lost"]
            yield from _of_refunds(staff, memory)


def _placed_twice(orders: dict[str, Json]) -> Iterator[str]:
    """The note is the buyer's own, and never in two orders."""
    notes = Counter(order["customer_note"] for order in orders.values())
    yield from (f"{note!r} was placed {count} times" for note, count in notes.items() if count > 1)


def _of_order(memory: Memory, order: Json) -> Iterator[str]:
    status, paid = order["status"], order["payment_status"]
    what = f"order {order['id']} is {status} and {paid}"
    if order["customer_note"] != memory.note:
        yield f"{what}, and another buyer's: {order['customer_note']!r}, not {memory.note!r}"
    if memory.is_confirmed and status not in {*STANDS, "cancelled"}:
        yield f"{what}, and was confirmed"
    if memory.is_cancelled and status != "cancelled":
        yield f"{what}, and was cancelled"
    if memory.is_paid and memory.method == SURE and not (status in STANDS or paid in GIVEN_BACK):
        yield f"{what}, and was paid"


def _of_refunds(staff: Caller, memory: Memory) -> Iterator[str]:
    if not memory.refunds:
        return
    known = {refund["id"]: refund for refund in staff.every(f"/v2/orders/{memory.order_id}/refunds")}
    yield from (f"refund {id} was promised, and is lost" for id in memory.refunds if id not in known)
    if memory.method == SURE:
        open_ones = [id for id, refund in known.items() if refund["status"] in {"requested", "pending"}]
        yield from (f"refund {id} of {memory.order_id} has not ended" for id in open_ones)
