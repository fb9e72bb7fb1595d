"""One service asking another.

What every call has, over both transports alike: a refusal while a transaction is open, the caller's own token, the
request id, a deadline that shrinks from hop to hop, JSON on both sides, and one small tree of failures::

    CallFailed
    ├── Refused         it answered with a problem; nothing else happened
    ├── Unavailable     it was not reached, or could not serve: the same call may be sent again
    ├── TimedOut        no answer in time: whether it was done is not known
    └── BrokenContract  it answered something that its contract does not allow
"""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests
from django.utils import timezone
from requests.structures import CaseInsensitiveDict
from requests.utils import requote_uri
from urllib3.exceptions import ReadTimeoutError

from chassis import context, faults
from chassis.tokens import service_token
from chassis.transactions import refuse_open_transaction
from chassis.transports import base_url, transport_to

CONNECT_SECONDS = 1.0
TIMEOUT_SECONDS = 5.0
HOP_LIMIT = 8


class CallFailed(Exception):
    """A call to a neighbour did not succeed. `neighbour` says which."""

    def __init__(self, neighbour: str, reason: str) -> None:
        super().__init__(f"{neighbour}: {reason}")
        self.neighbour, self.reason = neighbour, reason


class Refused(CallFailed):
    """The neighbour said no: `status` and `problem` (RFC 9457) tell why. Asking again changes nothing."""

    def __init__(self, neighbour: str, status: int, problem: dict[str, Any]) -> None:
        super().__init__(neighbour, f"{status} {problem.get('code', '')}")
        self.status, self.problem = status, problem

    @property
    def code(self) -> str:
        return str(self.problem.get("code", ""))


class Unavailable(CallFailed):
    """The neighbour was not reached or could not serve."""


class TimedOut(CallFailed):
    """The neighbour did not answer in time; whether it did what was asked is not known."""


class BrokenContract(CallFailed):
    """The neighbour's answer is not what its contract promises: a crash, or no JSON."""


@dataclass(frozen=True)
class Answer:
    """What a neighbour answered, decoded from the bytes it sent; `json` is a fresh object for every call.

    It may be known from before, and `is_stale` where the neighbour could not say whether it still holds.
    """

    status: int
    headers: CaseInsensitiveDict[str]
    json: Any
    answered_at: datetime = field(default_factory=timezone.now)
    is_stale: bool = False


class Neighbour:
    """Another service, as `caller` reaches it. `scope` is what the caller asks to be allowed there."""

    def __init__(self, caller: str, name: str, scope: str = "") -> None:
        self.caller, self.name, self.scope = caller, name, scope

    def get(self, path: str, *, anonymous: bool = False, known_as: str = "", **query: str) -> Answer:
        """Ask a question. Raises CallFailed; safe to repeat.

        An answer that is `known_as` one about a subject (an id) is kept for as long as the neighbour says.
        """
        from chassis import known_answers

        path = f"{path}?{urlencode(query)}" if query else path
        if known_as:
            return known_answers.read(self, path, subject=known_as)
        return self._call("GET", path, None, {}, anonymous=anonymous)

    def get_unless(self, path: str, *, etag: str) -> Answer:
        """Ask for what is not known yet: where the answer still has this `etag`, it is a 304 without a body."""
        return self._call("GET", path, None, {"If-None-Match": etag} if etag else {})

    def post(self, path: str, body: Any, *, idempotency_key: str, content_type: str = "application/json") -> Answer:
        """Give a command. The key makes it the same command however often it is sent. Raises CallFailed."""
        headers = {"Idempotency-Key": idempotency_key, "Content-Type": content_type}
        return self._call("POST", path, body, headers)

    def _call(self, method: str, path: str, body: Any, headers: dict[str, str], *, anonymous: bool = False) -> Answer:
        refuse_open_transaction(f"{self.caller} → {self.name} ({method} {path})")
        if context.current().hops >= HOP_LIMIT:
            raise Unavailable(self.name, f"more than {HOP_LIMIT} hops: somebody asks in a circle")
        seconds = _seconds_left(self.name)
        if not anonymous:
            headers = {**headers, "Authorization": f"Bearer {service_token(self.caller, self.name, self.scope)}"}
        request = _prepare(method, base_url(self.name) + path, body, {**headers, **context.outgoing_headers(seconds)})
        return _read(self.name, self._send(request, seconds))

    def _send(self, request: requests.PreparedRequest, seconds: float) -> requests.Response:
        """One try, and one more where the connection was lost: every call is a question or carries a key."""
        started = time.monotonic()
        try:
            return self._try(request, seconds)
        except Unavailable:
            left = seconds - (time.monotonic() - started)
            if left <= 0:
                raise
            request.headers[context.DEADLINE] = context.milliseconds(left)
            return self._try(request, left)

    def _try(self, request: requests.PreparedRequest, seconds: float) -> requests.Response:
        if faults.is_down(self.name):
            raise Unavailable(self.name, "down, as planned")
        try:
            response = transport_to(self.name).send(request, timeout=(min(CONNECT_SECONDS, seconds), seconds))
            response.content  # noqa: B018  reads the body: a connection may be lost in the middle of it
        except requests.ConnectTimeout as exc:
            raise Unavailable(self.name, "no connection in time") from exc
        except requests.exceptions.ContentDecodingError as exc:
            raise BrokenContract(self.name, "a body that cannot be decoded") from exc
        except requests.RequestException as exc:
            if _is_timeout(exc):
                raise TimedOut(self.name, f"no answer in {seconds:.1f} s") from exc
            raise Unavailable(self.name, type(exc).__name__) from exc
        return response


def _is_timeout(exc: requests.RequestException) -> bool:
    """`requests` calls it a lost connection when the time runs out in the middle of a body."""
    return isinstance(exc, requests.Timeout) or any(isinstance(inner, ReadTimeoutError) for inner in exc.args)


def _seconds_left(neighbour: str) -> float:
    left = context.current().seconds_left()
    if left is not None and left <= 0:
        raise TimedOut(neighbour, "the time for this request was spent before the call")
    return TIMEOUT_SECONDS if left is None else min(left, TIMEOUT_SECONDS)


def _prepare(method: str, url: str, body: Any, headers: dict[str, str]) -> requests.PreparedRequest:
    """A request made by hand: `requests.Session` would look for proxies, netrc and cookies, at many times the cost."""
    request = requests.PreparedRequest()
    content = None if body is None else json.dumps(body, allow_nan=False).encode()
    request.method, request.url, request.body, request.hooks = method, requote_uri(url), content, {"response": []}
    request.headers = CaseInsensitiveDict({"Accept": "application/json", **headers})
    if content is not None:
        request.headers["Content-Length"] = str(len(content))
    return request


def _read(neighbour: str, response: requests.Response) -> Answer:
    if response.status_code in {502, 503, 504}:
        raise Unavailable(neighbour, f"it answered {response.status_code}")
    if response.status_code >= 500:
        raise BrokenContract(neighbour, f"it answered {response.status_code}")
    try:
        decoded = response.json() if response.content else None
    except ValueError as exc:
        raise BrokenContract(neighbour, f"{response.status_code} and no JSON") from exc
    if response.status_code < 400:
        return Answer(response.status_code, response.headers, decoded)
    if not isinstance(decoded, dict):
        raise BrokenContract(neighbour, f"{response.status_code} and no problem")
    raise Refused(neighbour, response.status_code, decoded)
