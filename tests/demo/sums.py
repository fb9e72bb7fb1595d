"""What a day's file comes to, counted a second time and by itself: nothing here is the demo's own code."""

import csv
import io
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple


class Sums(NamedTuple):
    """Revenue is that of orders that are not cancelled as a whole; refunds are those of the same orders."""

    orders: int
    lines: int
    revenue_pence: int
    guest_orders: int
    cancelled: int
    refunds_pence: int
    untraded: int


class Sale:
    def __init__(self, invoice, code, pence, quantity):
        self.invoice, self.code, self.pence, self.quantity, self.left = invoice, code, pence, quantity, quantity


def expected_sums(path: Path, first: int | None = None) -> Sums:
    """The sums of a well-formed CSV file, or of its first invoices."""
    rows = rows_of(path)
    numbers = list(dict.fromkeys(row["InvoiceNo"] for row in rows if row["InvoiceNo"]))
    cut = set(numbers[:first])
    end = next((at for at, row in enumerate(rows) if row["InvoiceNo"] and row["InvoiceNo"] not in cut), len(rows))
    rows = [row for at, row in enumerate(rows) if row["InvoiceNo"] in cut or (not row["InvoiceNo"] and at < end)]
    customers = {}
    for row in rows:
        customers[row["InvoiceNo"]] = customers.get(row["InvoiceNo"]) or row["CustomerID"].removesuffix(".0")
    sales = []
    taken_back = sum(take_back_or_sell(row, customers, sales) for row in rows)
    invoices = {sale.invoice for sale in sales}
    stand = {sale.invoice for sale in sales if sale.left}
    return Sums(
        orders=len(invoices),
        lines=len(sales),
        revenue_pence=int(sum(sale.pence * sale.quantity for sale in sales if sale.invoice in stand)),
        guest_orders=sum(not customers[invoice] for invoice in invoices),
        cancelled=len(invoices - stand),
        refunds_pence=int(sum(sale.pence * (sale.quantity - sale.left) for sale in sales if sale.invoice in stand)),
        untraded=len(rows) - len(sales) - taken_back,
    )


def take_back_or_sell(row, customers, sales) -> bool:
    """Whether the row takes back an earlier sale; a sale itself is added to them, anything else is not traded."""
    invoice, code, customer = row["InvoiceNo"], row["StockCode"], customers[row["InvoiceNo"]]
    quantity, pence = amount(row["Quantity"]), amount(row["UnitPrice"]) * 100
    if not (invoice and code and pence > 0 and pence % 1 == 0 and quantity % 1 == 0):
        return False
    if not invoice.startswith("C"):
        if quantity > 0:
            sales.append(Sale(invoice, code, pence, quantity))
        return False
    for sale in reversed(sales):
        same = customer and (customers[sale.invoice], sale.code, sale.pence) == (customer, code, pence)
        if same and 0 < -quantity <= sale.left:
            sale.left += quantity
            return True
    return False


def rows_of(path: Path) -> list[dict[str, str]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252")
    rows = csv.DictReader(io.StringIO(text, newline=""), restval="")
    return [{name: (row[name] or "").strip() for name in rows.fieldnames} for row in rows]


def amount(cell: str) -> Decimal:
    try:
        return Decimal(cell)
    except InvalidOperation:
        return Decimal(0)
