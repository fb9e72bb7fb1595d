"""The members of an answer as people read them: ids and URLs as links, amounts with their currency, times as times."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis import money
from chassis.pages import page_of

_MONEY = re.compile(r"amount(_.+)?|(.+_)?total|subtotal|unit_price|discount|tax")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_URL = re.compile(r"https?://[^\s<>\"]+")
_SHORT = {"id": "ID", "sku": "SKU", "url": "URL"}
PRICE = {"currency", "amount"}
MAX_COLUMNS = 8
# A token says nothing to people; who needs it finds it in the answer as it was sent.
OPAQUE, SHOWN_OF_OPAQUE = 300, 24
# People follow the links and forms of the page.
FOR_PROGRAMS = {"links", "allowed_actions"}
UNTOLD = {"id", "currency", "updated_at", "version"}


@dataclass(frozen=True)
class Value:
    """One value. `kind` says which of the others is filled: text, link, time, members, table."""

    kind: str
    text: str = ""
    href: str = ""
    entries: Sequence["Entry"] = ()
    table: "Table | None" = None


@dataclass(frozen=True)
class Entry:
    """A member: its dotted name, the label for people, and the value."""

    name: str
    label: str
    value: Value


@dataclass(frozen=True)
class Table:
    """Things of one kind, one a row."""

    label: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Entry]]


@dataclass(frozen=True)
class Reader:
    """Reads an answer that is shown at the address `here`.

    `tables` names the columns of the lists within it, and `leads` the member whose page a row leads to.
    """

    here: str
    tables: Mapping[str, Sequence[str]]
    leads: Mapping[str, str] = field(default_factory=dict)

    def entries(self, thing: Mapping[str, Any], *, prefix: str = "", currency: str = "") -> list[Entry]:
        """The members that say something."""
        money_is = thing.get("currency") or currency
        return [
            Entry(prefix + name, label_of(name), self.value(name, value, prefix=prefix, currency=money_is))
            for name, value in thing.items()
            if name not in FOR_PROGRAMS and value not in (None, "", [], {})
        ]

    def value(self, name: str, value: Any, *, prefix: str = "", currency: str = "") -> Value:
        if isinstance(value, dict):
            if set(value) == PRICE:
                return Value("text", money.as_text(value["amount"], value["currency"]))
            return Value("members", entries=self.entries(value, prefix=f"{prefix}{name}.", currency=currency))
        if isinstance(value, list):
            return self._list(name, value, currency)
        return self._scalar(name, value, currency)

    def table(
        self,
        label: str,
        things: Sequence[Mapping[str, Any]],
        columns: Sequence[str],
        *,
        currency: str = "",
        lead: str = "id",
    ) -> Table:
        """The things, one a row; the first cell of each leads to the page of its member `lead`, where that has one."""
        names = columns or _telling(things)
        rows = [[self._cell(thing, name, currency) for name in names] for thing in things]
        led = [[_leading(row[0], page_of(thing.get(lead))), *row[1:]] for row, thing in zip(rows, things, strict=True)]
        return Table(label, [label_of(name) for name in names], led)

    def _cell(self, thing: Mapping[str, Any], name: str, currency: str) -> Entry:
        value = thing.get(name)
        read = Value("text") if value is None else self.value(name, value, currency=thing.get("currency") or currency)
        return Entry(name, label_of(name), read)

    def _list(self, name: str, values: list[Any], currency: str) -> Value:
        if values and all(isinstance(value, dict) and set(value) != PRICE for value in values):
            told = {"currency": currency, "lead": self.leads.get(name, "id")}
            return Value("table", table=self.table(label_of(name), values, self.tables.get(name, ()), **told))
        read = [self.value("", value, currency=currency) for value in values]
        if any(value.kind == "link" for value in read):
            return Value("list", entries=[Entry(name, "", value) for value in read])
        return Value("text", ", ".join(value.text for value in read))

    def _scalar(self, name: str, value: Any, currency: str) -> Value:
        if isinstance(value, bool) or value is None:
            return Value("text", {True: "yes", False: "no", None: "none"}[value])
        if isinstance(value, int) and currency and _MONEY.fullmatch(name):
            return Value("text", money.as_text(value, currency))
        text = str(value)
        if len(text) > OPAQUE and " " not in text:
            return Value("text", f"{text[:SHOWN_OF_OPAQUE]}…")
        if address := page_of(value) or (text if _URL.fullmatch(text) else ""):
            return Value("text", text) if address == self.here else Value("link", text, address)
        return Value("time", _spoken(text), text) if _TIME.fullmatch(text) else Value("text", text)


def label_of(name: str) -> str:
    """`Line 1` for line1, `Product ID` for product_id."""
    words = re.sub(r"(?<=[a-z])(?=\d)", " ", name.replace("_", " ")).split()
    said = " ".join(_SHORT.get(word, word) for word in words)
    return said[:1].upper() + said[1:]


def _telling(things: Sequence[Mapping[str, Any]]) -> list[str]:
    """The members of the first thing that fit into a row."""
    first = things[0] if things else {}
    return [name for name, value in first.items() if name not in UNTOLD and not isinstance(value, dict)][:MAX_COLUMNS]


def _leading(entry: Entry, address: str) -> Entry:
    if not address or not entry.value.text:
        return entry
    return Entry(entry.name, entry.label, Value("link", entry.value.text, address))


def _spoken(time: str) -> str:
    moment = datetime.fromisoformat(time)
    return f"{moment.day} {moment:%B %Y, %H:%M:%S} UTC"
