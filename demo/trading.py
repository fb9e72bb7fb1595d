"""Trades a plan. Whatever the shop already holds of it stays, so a run goes on where an earlier one stopped."""

from dataclasses import dataclass, field

from demo import reasons
from demo.books import OrderBook
from demo.connections import Refusal
from demo.plans import Invoice, Plan
from demo.reasons import Untraded
from demo.sales import sell
from demo.settlements import OrderMissing, line_ids_of, settle
from demo.shelves import Shelves, fill_shelves
from demo.shops import Shop
from demo.steps import Steps, silent


def trade(plan: Plan, shop: Shop, steps: Steps = silent) -> tuple[OrderBook, list[Untraded]]:
    """Brings the shop to where the plan ends; tells how its book reads then, and which lines it would not take."""
    book = OrderBook(shop.orders())
    day = Day(plan, shop, book, fill_shelves(shop, plan, book, steps))
    day.sell_all(steps)
    day.await_confirmations()
    day.settle_all(steps)
    return day.close()


@dataclass
class Day:
    """A day of trading in progress."""

    plan: Plan
    shop: Shop
    book: OrderBook
    shelves: Shelves
    untraded: list[Untraded] = field(default_factory=list)
    paid: set[str] = field(default_factory=set)

    def sell_all(self, steps: Steps) -> None:
        """Sells every invoice that is not sold yet; one that the shop refuses does not keep the others waiting."""
        for invoice in steps(self.plan.invoices, "invoices"):
            order = self.book.order_of(invoice)
            if order is None or order["status"] == "pending_payment":
                self._sell(invoice)

    def _sell(self, invoice: Invoice) -> None:
        for line in invoice.lines:
            if code := self.shelves.refused.get(line.sku):
                self.untraded.append(line.untraded(reasons.refused(code)))
        stocked = invoice.without(self.shelves.refused)
        try:
            if stocked.lines:
                self.paid.add(sell(self.shop, self.shelves, self.book, stocked))
        except Refusal as refusal:
            self.untraded += [line.untraded(reasons.refused(refusal.code)) for line in stocked.lines]

    def await_confirmations(self) -> None:
        """Waits for the paid orders to be confirmed, which happens a moment after their payment."""

        def unconfirmed() -> int:
            if not self.paid:
                return 0
            return len(self.paid & {order["id"] for order in self.shop.orders(status="pending_payment")})

        self.shop.wait_while(unconfirmed)

    def settle_all(self, steps: Steps) -> None:
        """Cancels and refunds what the file takes back."""
        for invoice, cancellations in steps(self.plan.returns, "cancellations"):
            reason = ""
            try:
                settle(self.shop, self.book.order_of(invoice), invoice, cancellations)
            except OrderMissing:
                reason = reasons.ORDER_NOT_TRADED
            except Refusal as refusal:
                reason = reasons.refused(refusal.code)
            if reason:
                self.untraded += [cancellation.line.untraded(reason) for cancellation in cancellations]

    def close(self) -> tuple[OrderBook, list[Untraded]]:
        """Reads the book once more, so that what is told is what the shop holds."""
        book = OrderBook(self.shop.orders())
        told = {line.line for line in self.untraded}
        for invoice in self.plan.invoices:
            order = book.traded(invoice)
            told.update(line_ids_of(order, invoice) if order else ())
            reason = reasons.NOT_IN_ORDER if order else reasons.NOT_CONFIRMED
            self.untraded += [line.untraded(reason) for line in invoice.lines if line.number not in told]
        return book, self.untraded
