"""Which earlier line each cancellation takes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from demo.lines import Line
from demo.reasons import NOTHING_TO_CANCEL, Untraded


@dataclass
class Sale:
    """A line sold, and how much of it has not been taken back yet."""

    line: Line
    left: int


@dataclass(frozen=True)
class Cancellation:
    """A line of a cancelling invoice and the sold line that it takes back."""

    line: Line
    sold: Line


def match_cancellations(
    lines: list[Line], customers: Mapping[str, str], untraded: list[Untraded]
) -> Iterator[Cancellation]:
    """Matches in file order. Of several earlier lines with enough left, the latest is taken: goods come back soon.

    A line without a customer matches nothing: nobody knows whose goods come back.
    """
    sales: dict[tuple[str, str, int], list[Sale]] = {}
    for line in sorted(lines, key=lambda line: line.number):
        customer = customers[line.invoice]
        earlier = sales.setdefault((customer, line.code, line.price_pence), [])
        if not line.is_cancellation:
            earlier.append(Sale(line, left=line.quantity))
        elif customer and (sale := latest(earlier, line.quantity)):
            sale.left -= line.quantity
            yield Cancellation(line, sold=sale.line)
        else:
            untraded.append(line.untraded(NOTHING_TO_CANCEL))


def latest(sales: list[Sale], quantity: int) -> Sale | None:
    return next((sale for sale in reversed(sales) if sale.left >= quantity), None)
