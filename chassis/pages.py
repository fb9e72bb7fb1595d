"""What a page of the browsable API says besides the answer: its heading, its columns, and what can be done next.

A view declares it as data: `html = Page(heading="{name}", columns=("name", "sku"))`. Nothing of it is looked at unless
a browser asks.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from chassis.callers import Caller
from chassis.identifiers import ID_PATTERN

# No script runs in our pages, whoever wrote what they show.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ENDINGS = {"List", "Detail", "Page"}
_WORD = re.compile(r"[A-Z][a-z]*")


@dataclass(frozen=True)
class Form:
    """A write that a person may be offered, with a field for each member of the body that its handler reads.

    `path` says where it goes, the page's own address if it is empty. `members` are those to ask for, all if None; the
    dotted names in `hidden` are sent as they stand in `values`; `choices` narrows members to what can be chosen here.
    """

    button: str
    title: str = ""
    path: str = ""
    method: str = "POST"
    members: tuple[str, ...] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    can_grow: bool = True


@dataclass(frozen=True)
class Link:
    """Somewhere else to go within the same service."""

    name: str
    path: str


Step = Form | Link
Steps = Callable[[dict[str, Any], Caller], Iterable[Step]]


def nothing_next(_shown: dict[str, Any], _caller: Caller) -> Iterable[Step]:
    """The steps of a page that declares none."""
    return ()


@dataclass(frozen=True)
class Page:
    """How a resource looks in a browser.

    `heading` is a format over the members of one thing, `columns` are the telling members of a list, `tables` those of
    the lists within a thing, whose rows lead to their own pages, or to that of the member which `leads` names. `forms`
    are by method, in the place of a plain "Create" or "Change". `steps` are offered beside a thing to those who pass
    the permissions of where they lead.
    """

    heading: str = ""
    columns: tuple[str, ...] = ()
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    steps: Steps = nothing_next


def name_of(view: type) -> str:
    """`Stock movements` for StockMovements, `Orders` for OrderList, `Order` for OrderDetail."""
    words = _WORD.findall(view.__name__)
    ending = words.pop() if words[-1] in ENDINGS and len(words) > 1 else ""
    name = " ".join(words).capitalize()
    return f"{name}s" if ending == "List" else name


def page_of(identifier: Any) -> str:
    """The address of the page of what has this id, whichever service has it; empty if there is none."""
    if not isinstance(identifier, str) or not ID_PATTERN.fullmatch(identifier):
        return ""
    path: str = settings.PAGES_OF_IDS.get(identifier[:3], "")
    return path.format(id=identifier)


def navigation(_: HttpRequest) -> dict[str, Any]:
    """What the top of every page leads to."""
    return {"navigation": settings.NAVIGATION}
