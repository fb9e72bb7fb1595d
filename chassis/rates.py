"""How much anybody may ask in which time, as the setting `RATES` says it: `register=10/min,caller=600/min`."""

import re
from dataclasses import dataclass

DEFAULTS = "register=10/min,sign_in=30/min,forgot=5/min,place=60/min,pay=60/min,caller=600/min,address=120/min"
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_RATE = re.compile(rf"\s*(\w+)\s*=\s*([1-9]\d{{0,8}})/({'|'.join(SECONDS)})\s*")


@dataclass(frozen=True)
class Rate:
    """At most `count` requests in any `seconds` in a row."""

    count: int
    seconds: int


def read_rates(text: str) -> dict[str, Rate]:
    """The rates by name: the defaults, and what `text` says instead. Raises ValueError for what is no rate of ours."""
    known = _read(DEFAULTS)
    given = _read(text) if text.strip() else {}
    if strange := sorted(set(given) - set(known)):
        raise ValueError(f"there is no rate {strange[0]!r}, only {', '.join(known)}")
    return {**known, **given}


def _read(text: str) -> dict[str, Rate]:
    rates = {}
    for part in text.split(","):
        found = _RATE.fullmatch(part)
        if not found:
            raise ValueError(f"{part.strip()!r} is not written as register=10/min ({', '.join(SECONDS)})")
        rates[found[1]] = Rate(int(found[2]), SECONDS[found[3]])
    return rates
