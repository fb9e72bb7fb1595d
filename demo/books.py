"""This day's orders among all orders of the shop."""

from collections.abc import Iterable

from demo.connections import Json
from demo.plans import Invoice

# An invoice may have left several orders behind, expired ones above all: the one that got furthest counts.
STANDING = ["pending_payment", "cancelled", "confirmed", "completed"]


class OrderBook:
    """The orders that the shop holds for each invoice, known by their note and their buyer's address."""

    def __init__(self, orders: Iterable[Json]) -> None:
        self._orders: dict[tuple[str, str], dict[str, Json]] = {}
        for order in orders:
            self.record(order)

    def record(self, order: Json) -> None:
        """Takes in an order, or its newer state."""
        self._orders.setdefault((order["customer_note"], order["email"].lower()), {})[order["id"]] = order

    def order_of(self, invoice: Invoice) -> Json | None:
        """The invoice's order, unless none was placed or those that were have expired."""
        standing = [order for order in self._all(invoice) if order["status"] in STANDING]
        return max(standing, key=lambda order: STANDING.index(order["status"]), default=None)

    def traded(self, invoice: Invoice) -> Json | None:
        """The invoice's order once it is paid, whether or not it was cancelled afterwards."""
        order = self.order_of(invoice)
        return order if order and order["status"] != "pending_payment" else None

    def expired(self, invoice: Invoice) -> set[str]:
        return {order["id"] for order in self._all(invoice) if order["status"] == "expired"}

    def _all(self, invoice: Invoice) -> list[Json]:
        return list(self._orders.get((invoice.note, invoice.email), {}).values())
