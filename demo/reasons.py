"""Why a line of the file is not traded: the closed list that demo/README.md explains."""

from dataclasses import dataclass

# The server has bounds of its own; within these, one strange line cannot cost its whole invoice the refusal.
LARGEST_QUANTITY = 1_000_000
LARGEST_AMOUNT = 10**12
LONGEST_ORDER = 2_000

WRONG_COLUMNS = "wrong number of columns"
REPEATED_HEADER = "repeated header"
NO_INVOICE = "no invoice number"
UNREADABLE_INVOICE = "unreadable invoice number"
NO_CODE = "no stock code"
UNREADABLE_QUANTITY = "unreadable quantity"
UNREADABLE_DATE = "unreadable date"
UNREADABLE_PRICE = "unreadable price"
QUANTITY_ZERO = "quantity zero"
QUANTITY_BEYOND = f"quantity beyond {LARGEST_QUANTITY:,}"
STOCK_CORRECTION = "stock correction: a negative quantity without a cancellation"
POSITIVE_CANCELLATION = "cancellation with a positive quantity"
PRICE_ZERO = "price zero"
PRICE_NEGATIVE = "price negative"
PRICE_NOT_WHOLE = "price not in whole pence"
PRICE_BEYOND = f"price beyond {LARGEST_AMOUNT:,} pence"
ORDER_TOO_LONG = f"beyond the {LONGEST_ORDER:,} lines of one order"
ORDER_TOO_LARGE = f"beyond the {LARGEST_AMOUNT:,} pence of one order"
NOTHING_TO_CANCEL = "cancellation that matches no earlier line"
ORDER_NOT_TRADED = "cancellation of an order that was not traded"
NOT_IN_ORDER = "the shop's order of this invoice, placed by another run, does not hold it"
NOT_CONFIRMED = "paid, but not confirmed in time"


def refused(code: str) -> str:
    return f"refused by the shop: {code}"


class Rejection(Exception):
    """A line that cannot be traded; its text is one of the reasons above."""


@dataclass(frozen=True)
class Untraded:
    """A line of the file that did not become trade, and why."""

    line: int
    invoice: str
    code: str
    reason: str
