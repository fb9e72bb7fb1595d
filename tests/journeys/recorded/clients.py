"""A client whose every request and answer is kept, so that it can be sent again as it was."""

import json
from pathlib import Path
from typing import Any

from tests.equivalence.recording import Answer, Recorder, Recording, kept_headers
from tests.topologies.running import Shop

FILE = Path(__file__).parent / "orders-v1.json"
WAIT = "the workers finish"
# What a client acts on. Headers that it never heard of, such as those of a version that is going away, it ignores.
HEADERS = (
    *("Content-Type", "Location", "ETag", "Cache-Control", "Vary", "API-Version", "WWW-Authenticate", "Retry-After"),
    "Idempotent-Replayed",
)

# What docs/rest.md says may be worded better one day.
PROSE = {"title", "detail", "message"}

Step = dict[str, Any]


class RecordedClient(Recorder):
    """Writes down what it asks beside what it is answered; of headers that were added since then it knows nothing."""

    _known = frozenset(HEADERS)

    def ask(self, step: str, method: str, path: str, **request: Any) -> Answer:
        asked = self.placeholders.of_seen({"method": method, "path": path, **request})
        answer = self._send(method, path, self._next_id(), **request)
        headers = {name: value for name, value in kept_headers(answer).items() if name in self._known}
        answered = self.placeholders.of({"status": answer.status, "headers": headers, "body": answer.body})
        self.recording.steps.append({"step": f"{self._theme}: {step}", "request": asked, "answer": answered})
        return answer

    def settle(self) -> None:
        super().settle()
        self.recording.steps.append({"step": WAIT})

    def repeat(self, step: Step) -> None:
        """Ask it again, with the ids and tokens of this run."""
        if step["step"] == WAIT:
            self.settle()
            return
        self._theme, _, name = step["step"].partition(": ")
        self._known = frozenset(step["answer"]["headers"])
        self.ask(name, **self.placeholders.filled(step["request"]))


def replay(steps: list[Step], shop: Shop) -> Recording:
    """What the shop answers today to everything that was asked then."""
    client = RecordedClient(shop)
    for step in steps:
        client.repeat(step)
    return client.recording


def promised(steps: list[Step]) -> list[Step]:
    """The steps without what problems say for people alone."""
    return [
        {**step, "answer": _without_prose(step["answer"])}
        if step["step"] != WAIT and "problem" in step["answer"]["headers"].get("Content-Type", "")
        else step
        for step in steps
    ]


def still_told(then: Any, now: Any) -> Any:
    """Of what is told now, what was told then: clients do not look at members that have come since."""
    if isinstance(then, dict) and isinstance(now, dict):
        return {name: still_told(then[name], value) for name, value in now.items() if name in then}
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [still_told(before, after) for before, after in zip(then, now, strict=True)]
    return now


def read_steps() -> list[Step]:
    steps: list[Step] = json.loads(FILE.read_text())
    return steps


def _without_prose(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_prose(inner) for name, inner in value.items() if name not in PROSE}
    return [_without_prose(inner) for inner in value] if isinstance(value, list) else value


def write_steps(steps: list[Step]) -> None:
    """A line for each step, so that a difference between two recordings can be read."""
    lines = ",\n".join(json.dumps(step, ensure_ascii=False) for step in steps)
    FILE.write_text(f"[\n{lines}\n]\n")
