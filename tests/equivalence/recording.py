"""Asking, and writing down what came back in a form that can be compared."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec
import requests

from tests.equivalence.placeholders import Placeholders
from tests.topologies.running import Shop

HEADERS = (
    *("Content-Type", "Location", "Allow", "ETag", "Cache-Control", "Vary", "WWW-Authenticate", "Retry-After", "Link"),
    *("API-Version", "Deprecation", "Sunset", "RateLimit-Policy", "Idempotent-Replayed", "X-Request-ID"),
    *("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"),
    *("Cross-Origin-Opener-Policy", "Content-Language", "Set-Cookie"),
)
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What came back, as it is: the script goes on with it."""

    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    content: bytes
    body: Any

    @property
    def etag(self) -> str:
        return self.headers["ETag"]

    @property
    def is_still_running(self) -> bool:
        return self.status == 409 and self.body["code"] == "request_in_progress"


@dataclass
class Recording:
    """What one topology answered, step by step, and the rows it had in the end; `stopped` says why it ended early."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[str, Any] = field(default_factory=dict)
    requests: int = 0
    seconds: float = 0.0
    stopped: str = ""


class Recorder:
    """Asks one shop, and records. Every request carries an id of its own, so that what it causes can be traced."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.recording = Recording()
        self.placeholders = Placeholders(shop.url)
        self._theme = ""
        self._sessions = threading.local()

    def begin(self, theme: str) -> None:
        self._theme = theme

    def ask(self, step: str, method: str, path: str, **request: Any) -> Answer:
        """One request; `json`, `data`, `headers` and `cookies` as `requests` takes them."""
        answer = self._send(method, path, self._next_id(), **request)
        self._write(step, f"{method} {path}", status=answer.status, headers=kept_headers(answer), body=answer.body)
        return answer

    def ask_at_once(self, step: str, method: str, path: str, bodies: list[dict[str, Any]]) -> list[Answer]:
        """Many requests at the same time, all with one id.

        Which comes first is nobody's choice, so what is recorded is how many got which answer.
        """
        request_id = self._next_id(len(bodies))
        gate = threading.Barrier(len(bodies))

        def one(number: int) -> Answer:
            gate.wait()
            return self._insist(method, path, request_id, bodies[number])

        with ThreadPoolExecutor(len(bodies)) as pool:
            answers = list(pool.map(one, range(len(bodies))))
        self._write(step, f"{len(bodies)} × {method} {path}", **_summary(answers))
        return answers

    def note(self, step: str, found: Any) -> None:
        """Something that was learned without a request of its own."""
        self._write(step, "", found=found)

    def settle(self) -> None:
        """Let the workers finish: what happens a moment later is then no matter of luck."""
        self.shop.settle()

    def _insist(self, method: str, path: str, request_id: str, request: dict[str, Any]) -> Answer:
        while True:
            answer = self._send(method, path, request_id, **request)
            if not answer.is_still_running:
                return answer
            time.sleep(0.05)

    def _next_id(self, count: int = 1) -> str:
        self.recording.requests += count
        return f"request-{self.recording.requests:04d}"

    def _send(self, method: str, path: str, request_id: str, **request: Any) -> Answer:
        # Packing is the gateway's own: what is compared is asked for unpacked.
        plain = {"Accept": "application/json", "Accept-Encoding": "identity"}
        headers = {**plain, "X-Request-ID": request_id, **request.pop("headers", {})}
        url = self.shop.url + path
        response = self._session.request(
            method, url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, **request
        )
        # Cookies are sent by the steps that mean to, and by no other.
        self._session.cookies.clear()
        return Answer(response.status_code, response.headers, response.content, _body(response))

    @property
    def _session(self) -> requests.Session:
        if not hasattr(self._sessions, "session"):
            self._sessions.session = requests.Session()
            self._sessions.session.trust_env = False
        return self._sessions.session

    def _write(self, step: str, asked: str, **found: Any) -> None:
        self.recording.steps.append(
            {"step": f"{self._theme}: {step}", "asked": self.placeholders.of(asked), **self.placeholders.of(found)}
        )


def steps_of(theme: Callable[..., None]) -> str:
    """The name of a theme, as people write it."""
    return theme.__name__.replace("_", " ")


def kept_headers(answer: Answer) -> dict[str, str]:
    """Those that are compared."""
    kept = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
    if "Vary" in kept:
        kept["Vary"] = ", ".join(word for word in kept["Vary"].split(", ") if word != "Accept-Encoding")
    return kept


def _body(response: requests.Response) -> Any:
    media_type = response.headers.get("Content-Type", "")
    if response.content and "json" in media_type:
        return response.json()
    if response.content and "msgpack" in media_type:
        return msgspec.msgpack.decode(response.content)
    return response.content.decode("utf-8", "backslashreplace")


def _summary(answers: list[Answer]) -> dict[str, Any]:
    return {
        "statuses": sorted(f"{answer.status} {code}".strip() for answer, code in _codes(answers)),
        "replayed": sum("Idempotent-Replayed" in answer.headers for answer in answers),
        "different bodies": len({_without_request_id(answer) for answer in answers}),
    }


def _codes(answers: list[Answer]) -> Iterator[tuple[Answer, str]]:
    for answer in answers:
        yield answer, answer.body.get("code", "") if isinstance(answer.body, dict) else ""


def _without_request_id(answer: Answer) -> str:
    return repr({name: value for name, value in answer.body.items() if name != "request_id"})
