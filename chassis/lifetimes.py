"""For how long an answer may be given again, as its owner says it in `Cache-Control` (RFC 9111, RFC 5861)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis import context

# What stale answers are good for where their owner does not say: long enough for a deployment that went wrong.
STALE_SECONDS = 3600
LONGEST_SECONDS = 366 * 86_400
# Which part of its life is left when an answer that people read is asked for again.
LAST_PART = 5


@dataclass(frozen=True)
class Lifetime:
    """For how many seconds an answer is fresh, and for how many more it may be given while its owner is down."""

    fresh: int
    stale: int

    def since(self, moment: datetime) -> dict[str, datetime]:
        """The moments at which something changes for an answer of that `moment`."""
        fresh_until = moment + timedelta(seconds=self.fresh)
        return {
            "fresh_until": fresh_until,
            "stale_until": fresh_until + timedelta(seconds=self.stale),
            "renew_at": fresh_until - timedelta(seconds=self.fresh) / LAST_PART,
        }


def lifetime(headers: Mapping[str, str]) -> Lifetime | None:
    """What the owner of an answer says of it; None if it is not to be kept.

    What may not be used without asking (`no-cache`, `must-revalidate`) is good for nothing while nobody can be asked.
    """
    said = _directives(headers.get("Cache-Control", ""))
    varies = {name.strip().lower() for name in headers.get("Vary", "").split(",")}
    if "no-store" in said or varies & {"*", context.ON_BEHALF_OF.lower()}:
        return None
    is_strict = bool(said.keys() & {"no-cache", "must-revalidate"})
    fresh = 0 if "no-cache" in said else _seconds(said.get("max-age"), default=0)
    return Lifetime(fresh, 0 if is_strict else _seconds(said.get("stale-if-error"), default=STALE_SECONDS))


def _directives(said: str) -> dict[str, str]:
    pairs = (directive.strip().partition("=") for directive in said.lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _seconds(said: str | None, *, default: int) -> int:
    """What is no number counts as 0."""
    if said is None:
        return default
    return min(int(said), LONGEST_SECONDS) if said.isascii() and said.isdecimal() and len(said) < 20 else 0
