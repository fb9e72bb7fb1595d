"""A fact as its subscriber gets it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Announcement:
    """`type` is in dotted past tense (`payment.succeeded`), `subject` the id of what it is about."""

    id: str
    type: str
    subject: str
    data: dict[str, Any]


Reaction = Callable[[Announcement], None]
