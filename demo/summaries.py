"""What the day came to, read back from the shop; only what was not traded is known from the file."""

import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from demo.books import OrderBook
from demo.connections import Json
from demo.plans import Plan
from demo.reasons import Untraded
from demo.settlements import STANDS
from demo.shops import Shop

WIDTH = 110


@dataclass(frozen=True)
class Summary:
    """The day's figures. Revenue is what the orders that stand were sold for, before their refunds."""

    products: int
    customers: int
    orders: int
    lines: int
    revenue_pence: int
    guest_orders: int
    cancelled_orders: int
    cancelled_pence: int
    refunds: int
    refunds_pence: int
    untraded: list[Untraded]
    notes: list[str]

    def as_json(self) -> Json:
        return asdict(self)

    def as_text(self) -> str:
        return "\n".join([*self._figures(), *self._untraded_by_reason(), *self._notes()])

    def _figures(self) -> Iterator[str]:
        yield f"products          {self.products:>12,}"
        yield f"customers         {self.customers:>12,}"
        yield f"orders            {self.orders:>12,}   {self.guest_orders:,} of them by guests"
        yield f"lines             {self.lines:>12,}"
        yield f"revenue           {pounds(self.revenue_pence):>12}   {self.revenue_pence} pence, before refunds"
        yield f"cancelled orders  {self.cancelled_orders:>12,}   {self.cancelled_pence} pence, not in the revenue"
        yield f"refunds           {self.refunds:>12,}   {self.refunds_pence} pence"
        yield f"lines not traded  {len(self.untraded):>12,}"

    def _untraded_by_reason(self) -> Iterator[str]:
        lines: dict[str, list[str]] = {}
        for line in sorted(self.untraded, key=lambda line: line.line):
            place = " ".join(part for part in (line.invoice, line.code) if part)
            lines.setdefault(line.reason, []).append(f"{line.line} ({place})" if place else str(line.line))
        for reason, places in lines.items():
            yield f"  {reason}: {len(places)}"
            text = "line " + ", ".join(places)
            yield textwrap.fill(text, WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)

    def _notes(self) -> Iterator[str]:
        if self.notes:
            yield f"notes             {len(self.notes):>12,}"
        for note in self.notes:
            yield f"  {note}"


def summarise(plan: Plan, shop: Shop, book: OrderBook, untraded: list[Untraded]) -> Summary:
    """Counts the orders of this file that the shop holds, and the money that came back."""
    orders = [order for invoice in plan.invoices if (order := book.traded(invoice))]
    stand = [order for order in orders if order["status"] in STANDS]
    cancelled = [order for order in orders if order["status"] == "cancelled"]
    refunds = [refund for order in stand if order["payment_status"] != "paid" for refund in shop.refunds(order["id"])]
    return Summary(
        products=len(plan.products.keys() & shop.products().keys()),
        customers=len({order["customer_id"] for order in orders} - {None}),
        orders=len(orders),
        lines=sum(len(order["lines"]) for order in orders),
        revenue_pence=sum(order["total"]["amount"] for order in stand),
        guest_orders=sum(order["customer_id"] is None for order in orders),
        cancelled_orders=len(cancelled),
        cancelled_pence=sum(order["total"]["amount"] for order in cancelled),
        refunds=len(refunds),
        refunds_pence=sum(refund["amount"]["amount"] for refund in refunds),
        untraded=sorted([*plan.untraded, *untraded], key=lambda line: line.line),
        notes=[*plan.notes, *differences(plan, book, untraded)],
    )


def differences(plan: Plan, book: OrderBook, untraded: list[Untraded]) -> Iterator[str]:
    """A note for each order that was placed for other goods or prices than the file's, by whoever placed it."""
    refused = {line.line for line in untraded}
    for invoice in plan.invoices:
        order = book.traded(invoice)
        wanted = sum(line.total_pence for line in invoice.lines if line.number not in refused)
        if order and order["total"]["amount"] != wanted:
            yield f"invoice {invoice.number}: the shop's order is {order['total']['amount']} pence, the file's {wanted}"


def pounds(pence: int) -> str:
    return f"£{pence // 100:,}.{pence % 100:02}"
