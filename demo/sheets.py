"""The file as it lies there: records of text, with the number of the line where each begins."""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demo.reasons import REPEATED_HEADER, WRONG_COLUMNS, Untraded

TALLEST_RECORD = 8
NAMES = {
    "invoiceno": "invoice",
    "invoice": "invoice",
    "stockcode": "code",
    "description": "description",
    "quantity": "quantity",
    "invoicedate": "date",
    "unitprice": "price",
    "price": "price",
    "customerid": "customer",
    "country": "country",
}


class WrongForm(Exception):
    """The file is no day of trading: it lacks columns, or cannot be read at all."""


@dataclass(frozen=True)
class Row:
    """One record of the file, as text without what cannot be printed, and the line where it begins."""

    line: int
    invoice: str
    code: str
    description: str
    quantity: str
    date: str
    price: str
    customer: str
    country: str


@dataclass(frozen=True)
class Sheet:
    """A file read whole; `edition` tells its contents from every other file's."""

    edition: str
    rows: list[Row]
    untraded: list[Untraded]


def read_sheet(path: Path) -> Sheet:
    """Reads any file with the expected columns; a record it cannot read is reported, never raised."""
    try:
        content = path.read_bytes()
    except OSError as failure:
        raise WrongForm(f"{path} cannot be read: {failure.strerror}") from failure
    records = records_of(re.split(r"\r\n|\r|\n", decoded(content)))
    header = next(records, (0, []))[1]
    columns = columns_of(header)
    rows: list[Row] = []
    untraded: list[Untraded] = []
    for line, cells in records:
        if len(cells) != len(header) or cells == header:
            reason = REPEATED_HEADER if cells == header else WRONG_COLUMNS
            untraded.append(Untraded(line=line, invoice="", code="", reason=reason))
        else:
            rows.append(Row(line=line, **{name: cells[at] for name, at in columns.items()}))
    return Sheet(edition=hashlib.sha256(content).hexdigest(), rows=rows, untraded=untraded)


def decoded(content: bytes) -> str:
    """The text in whatever of the usual encodings it was saved; no byte is refused."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def columns_of(header: list[str]) -> dict[str, int]:
    """Where each of our columns stands; their order is free, and others may stand between them."""
    places: dict[str, int] = {}
    for at, title in enumerate(header):
        name = NAMES.get(re.sub(r"[\s_]", "", title).lower())
        if name:
            places.setdefault(name, at)
    missing = [name for name in dict.fromkeys(NAMES.values()) if name not in places]
    if missing:
        raise WrongForm(f"the file has not the expected columns; missing: {', '.join(missing)}")
    return places


def records_of(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the number of its first line."""
    at = width = 0
    while at < len(lines):
        cells, height = record_at(lines, at, width)
        if any(cells):
            width = width or len(trimmed(cells, 0))
            yield at + 1, trimmed(cells, width)
        at += height


def record_at(lines: list[str], at: int, width: int) -> tuple[list[str], int]:
    # A quoted cell may run over several lines, but a quote nobody closed must not swallow the lines after it.
    for height in range(1, TALLEST_RECORD + 1):
        try:
            [cells] = csv.reader((f"{line}\n" for line in lines[at : at + height]), strict=True, skipinitialspace=True)
        except (csv.Error, ValueError):
            continue
        if height == 1 or len(cells) == width:
            return [printable(cell) for cell in cells], height
    return [printable(cell) for cell in lines[at].replace('"', "").split(",")], 1


def printable(cell: str) -> str:
    if not cell.isprintable():
        cell = "".join(sign if sign.isprintable() else " " for sign in cell)
    return cell.strip()


def trimmed(cells: list[str], width: int) -> list[str]:
    """The cells without empty ones past the last column, which spreadsheets like to add."""
    while len(cells) > width and not cells[-1]:
        cells = cells[:-1]
    return cells
