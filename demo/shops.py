"""What the demo asks of a shop: one method for each thing a clerk or a buyer does there."""

from collections.abc import Callable, Iterable

from demo.callers import Account, Caller, bearer, settled
from demo.connections import Answer, Connection, Json, Refusal
from demo.lines import Line
from demo.plans import Invoice

CURRENCY = "GBP"
MOST_POLLS = 30
PAID = {"processing", "succeeded"}


class Shop:
    """A running Tearline server, with the staff account that runs the day and the customers seen so far."""

    def __init__(self, connection: Connection, *, staff: Account, edition: str) -> None:
        self.staff = staff
        self._connection = connection
        self._edition = edition
        self._customers: dict[str, Account | Refusal] = {}

    def products(self) -> dict[str, Json]:
        return {product["sku"]: product for product in self.staff.every("/v2/products")}

    def orders(self, **filters: str) -> Iterable[Json]:
        return self.staff.every("/v2/orders", **filters)

    def order(self, order_id: str) -> Json:
        return self.staff.get(f"/v2/orders/{order_id}")

    def add_product(self, line: Line) -> Json:
        """The product of this line's SKU, created unless somebody was faster."""
        body = {
            "sku": line.sku,
            "name": line.name,
            "status": "active",
            "prices": [{"currency": CURRENCY, "amount": line.price_pence}],
        }
        try:
            return self.staff.command("/v2/products", body, "product", self._edition, line.sku).body
        except Refusal as refusal:
            found = {product["sku"]: product for product in self.staff.every("/v2/products", sku=line.sku)}
            if refusal.code != "sku_taken" or line.sku not in found:
                raise
            return found[line.sku]

    def receive(self, product: Json, quantity: int) -> None:
        """Books goods in. Asked twice in the same state of the shelf, it is one receipt."""
        path = f"/v2/products/{product['id']}/stock-movements"
        body = {"delta": quantity, "reason": "receipt", "note": "A day's goods"}
        shelf = product.get("on_hand", 0), product.get("reserved", 0), quantity
        self.staff.command(path, body, "receipt", self._edition, product["sku"], *shelf)

    def place(self, invoice: Invoice, product_ids: dict[str, str], expired: set[str]) -> tuple[Json, Caller]:
        """The invoice's order, placed now or in an interrupted run, and who may pay it."""
        buyer = self.buyer(invoice)
        body = order_of(invoice, product_ids)

        def is_alive(answer: Answer) -> bool:
            return answer.body["id"] not in expired

        order = buyer.command("/v2/orders", body, "order", self._edition, invoice.number, accept=is_alive).body
        guest = Caller(self._connection, {"X-Order-Token": order.get("guest_token", "")})
        return order, buyer if invoice.customer else guest

    def payer(self, invoice: Invoice) -> Caller:
        """Who may pay an order that an interrupted run left unpaid.

        A guest's token was lost with that run. Staff help out: to place again under the same key could, in the run of
        another file, be a second order.
        """
        return self.buyer(invoice) if invoice.customer else self.staff

    def buyer(self, invoice: Invoice) -> Caller:
        """The customer, registered by now, or nobody for a guest's invoice."""
        if not invoice.customer:
            return Caller(self._connection)
        if invoice.customer not in self._customers:
            self._customers[invoice.customer] = self._registered(invoice)
        known = self._customers[invoice.customer]
        # A customer once refused stays refused: wrong passwords in a row would lock the account for its owner.
        if isinstance(known, Refusal):
            raise known
        return known

    def pay(self, invoice: Invoice, order: Json, payer: Caller) -> None:
        """Pays with the sandbox's good method. The order is confirmed a moment later."""
        path = f"/v2/orders/{order['id']}/pay"
        payment = payer.command(path, {}, "pay", order["id"], accept=is_fresh).body["payment"]
        if payment["status"] in PAID:
            return
        confirmer = payer if invoice.customer else Caller(self._connection, bearer(payment["payer_token"]))
        path = f"/v1/sandbox/payments/{payment['id']}/confirm"
        confirmer.command(path, {"payment_method": "sbx_ok"}, "confirm", payment["id"])

    def cancel(self, order_id: str, reason: str) -> None:
        self.staff.command(f"/v2/orders/{order_id}/cancel", {"reason": reason}, "cancel", order_id)

    def refunds(self, order_id: str) -> list[Json]:
        """The refund requests that were not in vain."""
        requests = self.staff.every(f"/v2/orders/{order_id}/refunds")
        return [request for request in requests if request["status"] != "failed"]

    def refund(self, order: Json, lines: list[Json]) -> None:
        """Asks for money back; asked twice of the same version of the order, it is one request."""
        body = {"lines": lines, "reason": "requested_by_customer"}
        self.staff.command(f"/v2/orders/{order['id']}/refunds", body, "refund", order["id"], order["version"], lines)

    def wait_while(self, remaining: Callable[[], int]) -> None:
        """Asks how much is left until nothing is, or until it has not become less for about a minute."""
        left, polls = remaining(), 0
        while left and polls < MOST_POLLS:
            self._connection.sleep(min(0.1 * 2**polls, 2.5))
            now = remaining()
            polls = polls + 1 if now >= left else 0
            left = now

    def _registered(self, invoice: Invoice) -> Account | Refusal:
        account = Account(self._connection, invoice.email, f"tearline-demo-{invoice.customer}")
        try:
            account.register(f"Customer {invoice.customer}")
            account.sign_in()
        except Refusal as refusal:
            return refusal
        return account


def is_fresh(answer: Answer) -> bool:
    """Whether it tells how things stand now; paying again hands back the open payment, so nothing is paid twice."""
    return settled(answer) and not answer.is_replayed


def order_of(invoice: Invoice, product_ids: dict[str, str]) -> Json:
    order: Json = {
        "currency": CURRENCY,
        "lines": [{"product_id": product_ids[line.sku], "quantity": line.quantity} for line in invoice.lines],
        "shipping_address": address_of(invoice),
        "customer_note": invoice.note,
        "expected_total": {"amount": invoice.total_pence, "currency": CURRENCY},
    }
    return order if invoice.customer else order | {"email": invoice.email}


def address_of(invoice: Invoice) -> Json:
    """The file has no addresses: the customer's number stands in their place."""
    name = f"Customer {invoice.customer}" if invoice.customer else f"Guest of invoice {invoice.number}"
    return {
        "recipient": name[:100],
        "line1": name[:100],
        "city": "Demo",
        "postal_code": (invoice.customer or invoice.number)[:16],
        "country": invoice.country,
    }
