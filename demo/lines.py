"""Lines of a shop's day whose every cell can be read and traded."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache

from demo import reasons
from demo.reasons import Rejection, Untraded
from demo.sheets import Row

LONGEST_SKU = 64
LONGEST_NAME = 200
LONGEST_INVOICE = 40
NO_CUSTOMER = {"", "NAN", "NULL", "NONE", "N/A"}
DATES = [
    f"{day}{time}"
    for day in (
        "%m/%d/%Y",
        "%d/%m/%Y",
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%d-%m-%Y",
        "%d.%m.%Y",
        "%m/%d/%y",
        "%d-%b-%Y",
        "%d %b %Y",
    )
    for time in (" %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "")
]


@dataclass(frozen=True)
class Line:
    """Goods at a price: sold, or taken back where the invoice cancels; `quantity` is positive in both."""

    number: int
    invoice: str
    code: str
    name: str
    quantity: int
    price_pence: int

    @property
    def sku(self) -> str:
        """One for each stock code and price, the same in every run."""
        return shortened(f"{self.code}@{self.price_pence}", LONGEST_SKU)

    @property
    def total_pence(self) -> int:
        return self.quantity * self.price_pence

    @property
    def is_cancellation(self) -> bool:
        return self.invoice.startswith("C")

    def untraded(self, reason: str) -> Untraded:
        return Untraded(self.number, self.invoice, self.code, reason)


def read_line(row: Row) -> Line:
    """The row as a line, or Rejection with the first reason that forbids it."""
    invoice = invoice_number(row.invoice)
    if not row.code:
        raise Rejection(reasons.NO_CODE)
    quantity = read_quantity(row.quantity, is_cancellation=invoice.startswith("C"))
    if not is_date(row.date):
        raise Rejection(reasons.UNREADABLE_DATE)
    return Line(
        number=row.line,
        invoice=invoice,
        code=row.code,
        name=(row.description or row.code)[:LONGEST_NAME],
        quantity=quantity,
        price_pence=read_price(row.price),
    )


def invoice_number(cell: str) -> str:
    if not cell:
        raise Rejection(reasons.NO_INVOICE)
    number = identifier(cell)
    if len(number) > LONGEST_INVOICE:
        raise Rejection(reasons.UNREADABLE_INVOICE)
    return number


def customer_number(cell: str) -> str:
    """The customer's number without the `.0` that spreadsheets add; empty for a guest."""
    number = identifier(cell)
    return "" if number in NO_CUSTOMER else number


def identifier(cell: str) -> str:
    return re.sub(r"(?<=\d)\.0+$", "", cell).upper()


def read_quantity(cell: str, *, is_cancellation: bool) -> int:
    quantity = number_in(cell, reasons.UNREADABLE_QUANTITY)
    if not -reasons.LARGEST_QUANTITY <= quantity <= reasons.LARGEST_QUANTITY:
        raise Rejection(reasons.QUANTITY_BEYOND)
    if quantity != int(quantity):
        raise Rejection(reasons.UNREADABLE_QUANTITY)
    if quantity == 0:
        raise Rejection(reasons.QUANTITY_ZERO)
    if quantity < 0 and not is_cancellation:
        raise Rejection(reasons.STOCK_CORRECTION)
    if quantity > 0 and is_cancellation:
        raise Rejection(reasons.POSITIVE_CANCELLATION)
    return abs(int(quantity))


def read_price(cell: str) -> int:
    """The price in pence, which every price must be whole in."""
    price = number_in(cell.removeprefix("£"), reasons.UNREADABLE_PRICE)
    if price == 0:
        raise Rejection(reasons.PRICE_ZERO)
    if price < 0:
        raise Rejection(reasons.PRICE_NEGATIVE)
    if price > reasons.LARGEST_AMOUNT // 100:
        raise Rejection(reasons.PRICE_BEYOND)
    if price * 100 != int(price * 100):
        raise Rejection(reasons.PRICE_NOT_WHOLE)
    return int(price * 100)


def number_in(cell: str, reason: str) -> Decimal:
    try:
        number = Decimal(re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", cell))
    except InvalidOperation:
        raise Rejection(reason) from None
    if not number.is_finite():
        raise Rejection(reason)
    return number


@cache
def is_date(cell: str) -> bool:
    """Whether this is a date in any of the forms that spreadsheets write, a serial number of days included."""
    text = " ".join(cell.replace("T", " ").split())
    # Days since 1900: what a date becomes in a column without a date's format.
    if re.fullmatch(r"[1-9]\d{4}(\.\d+)?", text):
        return True
    return any(matches(text, form) for form in DATES)


def matches(text: str, form: str) -> bool:
    try:
        return bool(datetime.strptime(text, form))  # noqa: DTZ007 - the file knows no time zone
    except ValueError:
        return False


def shortened(text: str, limit: int) -> str:
    """The text itself where it fits, otherwise its beginning and a fingerprint, so that two texts never become one."""
    return text if len(text) <= limit else f"{text[: limit - 9]}~{fingerprint(text)}"


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
