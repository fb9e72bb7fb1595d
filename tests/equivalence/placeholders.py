"""What may differ between two runs of the same script, and what is compared instead.

Everything that is random or tells the time becomes a placeholder. The same value becomes the same placeholder wherever
it stands, so that what was equal stays equal and what was different stays different.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ID = r"(?:[a-z]{3})_[0-9a-hjkmnp-tv-z]{26}"


@dataclass(frozen=True)
class Rule:
    """What `pattern` finds is replaced by a placeholder of this kind, because of `reason`.

    `is_numbered` keeps the values apart; where it is not set they are all alike.
    """

    kind: str
    pattern: str
    reason: str
    is_numbered: bool = True


# The first pattern that matches at a place wins.
RULES = (
    Rule("token", r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", "signed over the time of its making and a random id"),
    Rule("cursor", r"(?<=cursor=)[^&\"\s]+", "signed over ids and times"),
    Rule("id", ID, "random; ids are numbered by their prefix in the order in which the script meets them"),
    Rule("hash", r"\b[0-9a-f]{64}\b", "a digest of something random", is_numbered=False),
    Rule("csrf", r"(?<=\")[A-Za-z0-9]{64}(?=\")|(?<=csrftoken=)[A-Za-z0-9]{32}", "random", is_numbered=False),
    Rule(
        "date",
        r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d:\d\d UTC"
        r"|\d{4}-\d\d-\d\d \d\d:\d\d UTC",
        "tells the time",
        is_numbered=False,
    ),
    Rule("rate", r"(?<=;)r=\d+;t=\d+", "what is left depends on how long ago others asked", is_numbered=False),
    Rule("key", r"\btl_[0-9a-hjkmnp-tv-z]{8}(?:_[\w-]{43})?", "an API key, or the part of it that is shown"),
    Rule("webhook", r"\bwhsec_[A-Za-z0-9+/]{43}=", "the secret of a webhook endpoint"),
    Rule("secret", r"(?<![\w-])[\w-]{43}(?![\w-])", "a random secret: a guest's token, a refresh token"),
    Rule(
        "trace",
        r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b",
        "where a request that brought no trace belongs: random",
        is_numbered=False,
    ),
    Rule(
        "request",
        r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
        "the id of a request or a token that brought none of its own",
        is_numbered=False,
    ),
    Rule("number", r"(?<![\w-])[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}(?![\w-])", "the random number of an order"),
    Rule(
        "digest",
        r"(?<=\d-)[0-9a-f]{16}(?=\")|(?<=\")[0-9a-f]{16}(?=\")",
        "an entity tag's digest of a representation with ids and times in it",
    ),
)
# The form of a time is compared, its digits are not.
TIME = r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"
_FOUND = re.compile("|".join([f"(?P<time>{TIME})", *(f"(?P<r{n}>{rule.pattern})" for n, rule in enumerate(RULES))]))
_PLACEHOLDER = re.compile(r"\{[a-z]+(?: \d+)?\}")


class Placeholders:
    """The placeholders of one run. `public_url` is where this run's clients reach the shop."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._known: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def of(self, value: Any) -> Any:
        """The value with its placeholders; values met for the first time get new ones."""
        return self._walk(value, self._named)

    def of_known(self, value: Any) -> Any:
        """The same, but what was never met before is left without a number: by this, rows can be put in order."""
        return self._walk(value, lambda kind, text: self._known.get(text, f"{{{kind}}}"))

    def of_seen(self, value: Any) -> Any:
        """The same, but what was never met before stays as it is: whoever asks made it up."""
        return self._walk(value, lambda _, text: self._known.get(text, text))

    def filled(self, value: Any) -> Any:
        """The other way round: for each numbered placeholder what it stands for in this run, as far as it was met."""
        meanings = {placeholder: text for text, placeholder in self._known.items()} | {"{shop}": self._public_url}
        text = json.dumps(value)
        return json.loads(_PLACEHOLDER.sub(lambda found: meanings.get(found.group(), found.group()), text))

    def _walk(self, value: Any, name: Callable[[str, str], str]) -> Any:
        if isinstance(value, dict):
            return {self._text(str(key), name): self._walk(inner, name) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._walk(inner, name) for inner in value]
        return self._text(value, name) if isinstance(value, str) else value

    def _text(self, text: str, name: Callable[[str, str], str]) -> str:
        return _FOUND.sub(lambda found: self._replace(found, name), text.replace(self._public_url, "{shop}"))

    def _replace(self, found: re.Match[str], name: Callable[[str, str], str]) -> str:
        text, group = found.group(), str(found.lastgroup)
        if group == "time":
            return "{" + _form(text) + "}"
        rule = RULES[int(group.removeprefix("r"))]
        kind = text[:3] if rule.kind == "id" else rule.kind
        return name(kind, text) if rule.is_numbered else f"{{{kind}}}"

    def _named(self, kind: str, text: str) -> str:
        if text not in self._known:
            self._counts[kind] += 1
            self._known[text] = f"{{{kind} {self._counts[kind]}}}"
        return self._known[text]


def _form(time: str) -> str:
    """`{time .000Z}`: how it is written. Databases leave out a fraction that is 0, so only the API's is looked at."""
    if "T" not in time:
        return "time"
    return "time " + re.sub(r"\d", "0", time[len("2026-01-31T12:00:00") :])
