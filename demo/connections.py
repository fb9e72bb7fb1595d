"""How a request travels to the shop, with the patience that a client owes a busy server."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import requests

TIMEOUT_SECONDS = 30
PATIENCE_SECONDS = 180
LONGEST_PAUSE_SECONDS = 60
TRIES = 5

Json = dict[str, Any]


class Outage(Exception):
    """The shop does not answer, or stays busy for too long. A later run takes up where this one stopped."""


class Refusal(Exception):
    """The shop said no; `code` is its problem's code."""

    def __init__(self, answer: "Answer") -> None:
        super().__init__(f"{answer.code}: {answer.body.get('detail') or answer.body.get('title') or answer.status}")
        self.code = answer.code


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 means that nothing did."""

    status: int
    body: Json = field(default_factory=dict)
    headers: requests.structures.CaseInsensitiveDict[str] = field(
        default_factory=requests.structures.CaseInsensitiveDict
    )

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_replayed(self) -> bool:
        return self.headers.get("Idempotent-Replayed") == "true"

    @property
    def is_busy(self) -> bool:
        return self.status in {429, 503} or self.code == "request_in_progress"

    @property
    def code(self) -> str:
        return str(self.body.get("code") or f"http_{self.status}")

    def good(self) -> "Answer":
        """This answer, unless it is a refusal, which is raised."""
        if not self.is_good:
            raise Refusal(self)
        return self

    def pause_seconds(self, tries: int) -> float:
        """How long the server asks to wait, else a little longer each time."""
        asked = self.headers.get("Retry-After", "")
        return min(int(asked) if asked.isdecimal() else 0.2 * 2 ** min(tries, 5), LONGEST_PAUSE_SECONDS)


class Connection:
    """The way to one shop. Requests are asked again while their answer may pass: every POST is safe to repeat.

    `authority` is a file with whoever certifies the shop, where nobody else knows them.
    """

    def __init__(self, url: str, *, authority: str = "", sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = url.rstrip("/")
        self.sleep = sleep
        self.session = requests.Session()
        # The shop is the address that was typed: no proxy of the environment, no password of a netrc file.
        self.session.trust_env = False
        self.session.verify = authority or True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.session.close()

    def send(self, method: str, path: str, *, headers: dict[str, str], body: Json | None = None) -> Answer:
        """The answer, good or refused; Outage when none came, or none but "busy" for too long."""
        tries, waited = 1, 0.0
        answer = self._once(method, path, headers, body)
        while answer.is_busy or ((answer.status == 0 or answer.status >= 500) and tries < TRIES):
            pause = answer.pause_seconds(tries)
            if waited + pause > PATIENCE_SECONDS:
                raise Outage(f"{self.url} is too busy: {method} {path} answered {answer.code} for {waited:.0f} s")
            self.sleep(pause)
            tries, waited = tries + 1, waited + pause
            answer = self._once(method, path, headers, body)
        if answer.status == 0:
            raise Outage(f"{self.url} does not answer: {answer.body['title']}")
        return answer

    def _once(self, method: str, path: str, headers: dict[str, str], body: Json | None) -> Answer:
        try:
            response = self.session.request(
                method, self.url + path, json=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as failure:
            return Answer(0, {"title": type(failure).__name__})
        return Answer(response.status_code, json_object(response), response.headers)


def json_object(response: requests.Response) -> Json:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
