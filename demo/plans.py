"""What a day's file comes to: products, invoices that become orders, and what cancellations take back."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from demo import reasons
from demo.cancellations import Cancellation, match_cancellations
from demo.countries import HOME, country_code
from demo.lines import Line, customer_number, fingerprint, identifier, read_line
from demo.reasons import Rejection, Untraded
from demo.sheets import Row, Sheet


@dataclass(frozen=True)
class Invoice:
    """One order of the day; without a customer it is a guest's."""

    number: str
    customer: str
    country: str
    lines: tuple[Line, ...]

    @property
    def note(self) -> str:
        """The order's customer note, by which a later run knows it again."""
        return f"Invoice {self.number}"

    @property
    def email(self) -> str:
        return mailbox("customer", self.customer) if self.customer else mailbox("guest", self.number)

    @property
    def total_pence(self) -> int:
        return sum(line.total_pence for line in self.lines)

    def without(self, skus: Collection[str]) -> "Invoice":
        return replace(self, lines=tuple(line for line in self.lines if line.sku not in skus))


@dataclass(frozen=True)
class Plan:
    """All that the file asks for. Every row is in it once: sold by an invoice, taking a sale back, or untraded."""

    edition: str
    invoices: list[Invoice]
    cancellations: list[Cancellation]
    untraded: list[Untraded]
    notes: list[str]

    @property
    def products(self) -> dict[str, Line]:
        """A line for each SKU, the one whose name and price the product takes."""
        chosen: dict[str, Line] = {}
        for invoice in self.invoices:
            for line in invoice.lines:
                if line.sku not in chosen or chosen[line.sku].name == line.code:
                    chosen[line.sku] = line
        return chosen

    @property
    def returns(self) -> list[tuple[Invoice, list[Cancellation]]]:
        """The invoices of which something is taken back, each with all that is."""
        taken: dict[str, list[Cancellation]] = {}
        for cancellation in self.cancellations:
            taken.setdefault(cancellation.sold.invoice, []).append(cancellation)
        return [(invoice, taken[invoice.number]) for invoice in self.invoices if invoice.number in taken]


def make_plan(sheet: Sheet, first: int | None = None) -> Plan:
    """The plan of the whole sheet, or of its first invoices, cancellations counted."""
    rows, untraded = first_invoices(sheet, first)
    lines = list(readable(rows, untraded))
    customers, notes = customers_of(rows)
    countries = countries_of(rows, notes)
    invoices = [
        Invoice(number, customers[number], countries[number], tuple(kept))
        for number, sold in grouped(line for line in lines if not line.is_cancellation).items()
        if (kept := list(within_one_order(sold, untraded)))
    ]
    sold_lines = {line.number for invoice in invoices for line in invoice.lines}
    tradable = [line for line in lines if line.is_cancellation or line.number in sold_lines]
    cancellations = list(match_cancellations(tradable, customers, untraded))
    return Plan(sheet.edition, invoices, cancellations, sorted(untraded, key=lambda line: line.line), notes)


def first_invoices(sheet: Sheet, first: int | None) -> tuple[list[Row], list[Untraded]]:
    """The rows of the first invoices, and the unreadable ones that stand before the next invoice begins."""
    if first is None:
        return sheet.rows, list(sheet.untraded)
    numbers: set[str] = set()
    rows: list[Row] = []
    end = None
    for row in sheet.rows:
        if row.invoice and len(numbers) < first:
            numbers.add(identifier(row.invoice))
        if identifier(row.invoice) in numbers or (end is None and not row.invoice):
            rows.append(row)
        elif end is None:
            end = row.line
    return rows, [line for line in sheet.untraded if end is None or line.line < end]


def readable(rows: list[Row], untraded: list[Untraded]) -> Iterator[Line]:
    for row in rows:
        try:
            yield read_line(row)
        except Rejection as rejection:
            untraded.append(Untraded(row.line, row.invoice, row.code, str(rejection)))


def grouped(lines: Iterator[Line]) -> dict[str, list[Line]]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.invoice, []).append(line)
    return groups


def customers_of(rows: list[Row]) -> tuple[dict[str, str], list[str]]:
    """Each invoice's customer: the first that a row of it names; another one gets a note."""
    customers: dict[str, str] = {}
    notes: list[str] = []
    for row in rows:
        number, customer = identifier(row.invoice), customer_number(row.customer)
        known = customers.get(number, "")
        customers[number] = known or customer
        if customer and known and customer != known:
            notes.append(f"line {row.line}: invoice {number} is customer {known}'s, not {customer}'s")
    return customers, notes


def countries_of(rows: list[Row], notes: list[str]) -> dict[str, str]:
    """Each invoice's country: the first that a row of it names; the shop's own, with a note, where it is none."""
    names: dict[str, str] = {}
    for row in rows:
        number = identifier(row.invoice)
        names[number] = names.get(number) or row.country
    notes.extend(
        f"invoice {number}: no country is called {name!r}, sent to {HOME}"
        for number, name in names.items()
        if number and country_code(name) is None
    )
    return {number: country_code(name) or HOME for number, name in names.items()}


def within_one_order(lines: list[Line], untraded: list[Untraded]) -> Iterator[Line]:
    """The lines that one order may hold; the rest is reported."""
    count = total = 0
    for line in lines:
        if count == reasons.LONGEST_ORDER:
            untraded.append(line.untraded(reasons.ORDER_TOO_LONG))
        elif total + line.total_pence > reasons.LARGEST_AMOUNT:
            untraded.append(line.untraded(reasons.ORDER_TOO_LARGE))
        else:
            count, total = count + 1, total + line.total_pence
            yield line


def mailbox(role: str, number: str) -> str:
    """An address that belongs to this number alone, whatever signs stand in it."""
    plain = re.sub(r"[^a-z0-9-]", "-", number.lower())[:40]
    if plain != number.lower():
        plain = f"{plain}-{fingerprint(number)}"
    return f"{role}-{plain}@example.com"
