"""An order's receipt as plain text. Nobody's words can add a line to it, or move one."""

import unicodedata

from django.conf import settings

from apps.orders.models import Order
from chassis.money import as_text

NAME_WIDTH = 40
TIMES = "\N{MULTIPLICATION SIGN}"
UNSEEN = {"C", "Z"}  # controls, marks of direction, and spaces of every kind, by Unicode's categories
WIDE = {"F", "W"}

Row = tuple[str, str, str]


def receipt(order: Order) -> str:
    """The shop, the order, its lines with quantity and price, and what was paid and given back."""
    heading = f"{settings.SHOP_NAME}\nReceipt for order {order.number}\n{order.placed_at:%Y-%m-%d %H:%M} UTC\n"
    parts = [_lines(order), _totals(order), _payments(order)]
    each, amount = (max(len(row[column]) for part in parts for row in part) for column in (1, 2))
    rule = "-" * (NAME_WIDTH + each + amount + 4) + "\n"
    tables = ["".join(f"{_fitted(row[0])}  {row[1]:>{each}}  {row[2]:>{amount}}\n" for row in part) for part in parts]
    return rule.join([heading, *tables])


def _lines(order: Order) -> list[Row]:
    currency = order.currency
    return [
        (line.name, f"{line.quantity} {TIMES} {as_text(line.unit_price, currency)}", as_text(line.total, currency))
        for line in order.lines.all()
    ]


def _totals(order: Order) -> list[Row]:
    discount = {"Discount": -order.discount_total} if order.discount_total else {}
    shipping = {"Shipping": order.shipping_total} if order.shipping_total else {}
    return _sums({**discount, **shipping, "Total": order.total, "Tax included": order.tax_total}, order.currency)


def _payments(order: Order) -> list[Row]:
    return _sums({"Paid": order.amount_paid, "Refunded": order.amount_refunded}, order.currency)


def _sums(amounts: dict[str, int], currency: str) -> list[Row]:
    return [(label, "", as_text(amount, currency)) for label, amount in amounts.items()]


def _fitted(name: str) -> str:
    """The name in its column: cut where it is too long, because what runs on to a next line could look like one."""
    words = " ".join(_seen(name).split())
    if _width(words) > NAME_WIDTH:
        while _width(words) >= NAME_WIDTH:
            words = words[:-1]
        words += "…"
    return words + " " * (NAME_WIDTH - _width(words))


def _seen(text: str) -> str:
    return "".join(" " if unicodedata.category(character)[0] in UNSEEN else character for character in text)


def _width(text: str) -> int:
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    """East Asian characters take two columns, marks upon others none."""
    if unicodedata.category(character).startswith("M"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in WIDE else 1
