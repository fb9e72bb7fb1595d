"""A catalogue from a spreadsheet: each row makes a product or changes the one of its SKU, some hundred at a time."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.db.transaction import atomic
from rest_framework.exceptions import ValidationError

from apps.orders.models import Operation, Product
from apps.orders.services import ORDERS
from apps.orders.services.catalogue import change_product, create_product, replace_prices
from chassis.operations import begin
from chassis.problems import InvalidRequest, Problem, as_problem
from chassis.service import Step

KIND = "products.import"
ROWS_A_STEP = 100
REQUIRED = ("sku", "name", "currency", "amount")
COLUMNS = (*REQUIRED, "description", "status", "max_per_order")

Row = dict[str, str]
Read = Callable[[Row], dict[str, Any]]


def import_products(*, owner: str, text: str) -> Operation:
    """Begin to make the catalogue what the table says. Raises InvalidRequest where the table has not our columns.

    A price is that of its currency; what the product costs in others, and what a cell leaves blank, stays.
    """
    rows = list(_rows(text))
    parts = [json.dumps(rows[n : n + ROWS_A_STEP]) for n in range(0, len(rows), ROWS_A_STEP)]
    facts: dict[str, Any] = {"owner": owner, "wishes": {"rows": len(rows)}, "media_type": "application/json"}
    return begin(ORDERS, KIND, parts=parts, **facts)  # type: ignore[no-any-return]  # it is of whichever service asks


def importer(read: Read) -> Callable[[Operation], Step]:
    """What does one step: `read` turns a row into the facts of a product and their price, or raises ValidationError."""

    def import_some(operation: Operation) -> Step:
        number = operation.position.get("part", 0)
        counts = Counter(operation.position.get("counts", {"created": 0, "updated": 0, "unchanged": 0}))
        total = operation.wishes["rows"]
        rows = json.loads(operation.input(number)) if total else []
        refused = [refusal for line, row in rows if (refusal := _import(line, row, read, counts))]
        done = min(total, (number + 1) * ROWS_A_STEP)
        is_last = done == total
        content = _report(refused, counts, is_first=not number, is_last=is_last, before=operation.position)
        was_any = bool(refused) or operation.position.get("was_any", False)
        position = {"part": number + 1, "counts": counts, "was_any": was_any}
        return Step(content, done, total, None if is_last else position)

    return import_some


def _rows(text: str) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _require_columns(header)
        for cells in reader:
            if any(cells):
                yield reader.line_num, _row(header, cells, reader.line_num)
    except csv.Error as exc:
        raise InvalidRequest(f"Line {reader.line_num} is not CSV: {exc}") from exc


def _row(header: list[str], cells: list[str], line: int) -> Row:
    if len(cells) > len(header):
        raise InvalidRequest(f"Line {line} has more cells than the header has names")
    return {name: cell for name, cell in zip(header, cells, strict=False) if cell}


def _require_columns(header: list[str]) -> None:
    wrong = [name for name in header if name not in COLUMNS or header.count(name) > 1]
    missing = [name for name in REQUIRED if name not in header]
    if wrong or missing:
        names = f"The columns are {', '.join(COLUMNS)}, of which {', '.join(REQUIRED)} are required"
        errors = [
            *({"pointer": "", "code": "unknown_column", "message": f"No column {name!r}"} for name in wrong),
            *({"pointer": "", "code": "missing_column", "message": f"{name} is missing"} for name in missing),
        ]
        raise InvalidRequest(names, errors=errors)


def _import(line: int, row: Row, read: Read, counts: Counter[str]) -> dict[str, Any] | None:
    """Count what the row did, or say why nothing was done."""
    try:
        with atomic(using=ORDERS):
            counts[_put(**read(row))] += 1
    except (Problem, ValidationError) as exc:
        problem = as_problem(exc)
        errors = problem.members.get("errors") or [
            {"pointer": "", "code": problem.code(), "message": str(problem.detail)}
        ]
        return {"line": line, "sku": row.get("sku", ""), "errors": errors}
    return None


def _put(*, sku: str, currency: str, amount: int, **facts: Any) -> str:
    """Make the product so; says what had to be done for it."""
    product = Product.objects.filter(sku=sku).prefetch_related("prices").first()
    if product is None:
        create_product(sku=sku, prices=[{"currency": currency, "amount": amount}], **facts)
        return "created"
    changes = {name: value for name, value in facts.items() if getattr(product, name) != value}
    prices = {**product.price_in, currency: amount}
    has_other_price = prices != product.price_in
    if changes:
        product = change_product(product=product, **changes)
    if has_other_price:
        listed = [{"currency": code, "amount": price} for code, price in prices.items()]
        replace_prices(product=product, prices=listed)
    return "updated" if changes or has_other_price else "unchanged"


def _report(
    refused: list[dict[str, Any]], counts: Counter[str], *, is_first: bool, is_last: bool, before: dict[str, Any]
) -> str:
    """The next piece of one JSON object: what was refused, row by row, and at its end how many were not."""
    opening = '{"refused": [' if is_first else ""
    comma = ", " if refused and before.get("was_any") else ""
    closing = f"], {json.dumps(counts)[1:]}" if is_last else ""
    return f"{opening}{comma}{json.dumps(refused)[1:-1]}{closing}"
