"""One service asking another.

What every call has, over both transports alike: a refusal while a transaction is open, the caller's own token, the
request id, a deadline that shrinks from hop to hop, a guard (circuit breaker, bulkhead, retry budget), JSON on both
sides, and one small tree of failures::

    CallFailed
    ├── Refused         it answered with a problem; nothing else happened
    ├── Unavailable     it was not reached, or could not serve: the same call may be sent again
    ├── TimedOut        no answer in time: whether it was done is not known
    └── BrokenContract  it answered something that its contract does not allow

Every call is a question or carries a key, so each may be tried again, after a pause, where nobody was reached. One that
timed out is not: a slow neighbour is helped by no second question, and whoever asked has a way to ask later.
"""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import urlencode

import requests
from django.utils import timezone
from requests.structures import CaseInsensitiveDict
from requests.utils import requote_uri
from urllib3.exceptions import ReadTimeoutError

from chassis import context, faults, observations
from chassis.guards import Guard, Rejected, guard
from chassis.observations import SeenCall
from chassis.retries import LONGEST_SECONDS, pause
from chassis.tokens import service_token
from chassis.topology import topology
from chassis.transactions import refuse_open_transaction
from chassis.transports import base_url, transport_to

HOP_LIMIT = 8
# What a request keeps for itself when it hands its time on: to keep what it learnt, and to answer.
RESERVE_SECONDS = 0.05
# Or else callers in a hurry could make it look as if the neighbour were down.
FAIR_SECONDS = 1.0


class CallFailed(Exception):
    """A call to a neighbour did not succeed. `neighbour` says which, `outcome` how it is counted."""

    outcome = "failed"
    was_answered = True

    def __init__(self, neighbour: str, reason: str) -> None:
        super().__init__(f"{neighbour}: {reason}")
        self.neighbour, self.reason = neighbour, reason


class Refused(CallFailed):
    """The neighbour said no: `status` and `problem` (RFC 9457) tell why. Asking again changes nothing."""

    def __init__(self, neighbour: str, status: int, problem: dict[str, Any]) -> None:
        super().__init__(neighbour, f"{status} {problem.get('code', '')}")
        self.status, self.problem, self.outcome = status, problem, str(status)

    @property
    def code(self) -> str:
        return str(self.problem.get("code", ""))


class Unavailable(CallFailed):
    """The neighbour was not reached or could not serve. `retry_after` is for how many seconds it wants to be let be."""

    was_answered = False

    def __init__(self, neighbour: str, reason: str, *, outcome: str = "unavailable", retry_after: float = 0.0) -> None:
        super().__init__(neighbour, reason)
        self.outcome, self.retry_after = outcome, retry_after


class TimedOut(CallFailed):
    """The neighbour did not answer in time; whether it did what was asked is not known."""

    outcome = "timed_out"
    was_answered = False


class BrokenContract(CallFailed):
    """The neighbour's answer is not what its contract promises: a crash, or no JSON."""

    outcome = "broken_contract"


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
        path = f"{path}?{urlencode(query)}" if query else path
        if known_as:
            from chassis import known_answers

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
        with observations.call(self.caller, self.name, method, path, topology().transport_to(self.name)) as seen:
            if context.current().hops >= HOP_LIMIT:
                raise Unavailable(self.name, f"more than {HOP_LIMIT} hops: somebody asks in a circle")
            guarded = guard(self.caller, self.name)
            ends_at = time.monotonic() + _seconds_left(guarded)
            if not anonymous:
                headers = {**headers, "Authorization": f"Bearer {service_token(self.caller, self.name, self.scope)}"}
            request = _prepare(method, base_url(self.name) + path, body, {**headers, **context.outgoing_headers()})
            answer = _ask(guarded, request, ends_at, seen)
            seen.outcome = str(answer.status)
            return answer


def _ask(guarded: Guard, request: requests.PreparedRequest, ends_at: float, seen: SeenCall) -> Answer:
    """Try, and try again where nobody was reached, as long as time and the budget last."""
    guarded.budget.fill()
    for seen.tries in count(1):
        try:
            return _try(guarded, request, ends_at)
        except Unavailable as failure:
            wait = pause(seen.tries, at_least=failure.retry_after)
            if not _may_try_again(guarded, failure, seen.tries, wait, ends_at):
                raise
        time.sleep(wait)
    raise AssertionError("nobody counts that far")


def _may_try_again(guarded: Guard, failure: Unavailable, tries: int, wait: float, ends_at: float) -> bool:
    """Not where the guard let nobody through; nor when the neighbour wants to be let be for longer than people wait."""
    was_asked = failure.outcome == "unavailable"
    is_soon = wait <= LONGEST_SECONDS and time.monotonic() + wait < ends_at
    if not (was_asked and is_soon and tries < guarded.protection.tries):
        return False
    is_allowed = guarded.budget.spend()
    observations.retried(guarded.caller, guarded.neighbour, allowed=is_allowed)
    return is_allowed


def _try(guarded: Guard, request: requests.PreparedRequest, ends_at: float) -> Answer:
    """One try, within the guard, which hears whether the neighbour answered, be it with a refusal."""
    try:
        with guarded.trying(ends_at - time.monotonic()) as trial:
            seconds = ends_at - time.monotonic()
            try:
                answer = _read(guarded.neighbour, _send(guarded, request, seconds))
            except CallFailed as failure:
                trial.answered = None if _was_hurried(failure, seconds, guarded) else failure.was_answered
                raise
            trial.answered = True
            return answer
    except Rejected as rejected:
        raise Unavailable(guarded.neighbour, rejected.reason, outcome=rejected.outcome) from None


def _was_hurried(failure: CallFailed, seconds: float, guarded: Guard) -> bool:
    """Whether so little time was given that its running out shows nothing of the neighbour."""
    return isinstance(failure, TimedOut) and seconds < min(FAIR_SECONDS, guarded.protection.timeout / 2)


def _send(guarded: Guard, request: requests.PreparedRequest, seconds: float) -> requests.Response:
    """The answer, read whole: a connection may be lost in the middle of it."""
    caller, neighbour = guarded.caller, guarded.neighbour
    if seconds <= 0:
        raise TimedOut(neighbour, "the time for this call was spent waiting for others to end")
    request.headers[context.DEADLINE] = context.milliseconds(seconds)
    timeout = (min(guarded.protection.connect, seconds), seconds)
    try:
        response = faults.deliver(
            caller, neighbour, request, lambda: transport_to(neighbour).send(request, timeout=timeout), seconds
        )
        response.content  # noqa: B018  reads it
    except requests.ConnectTimeout as exc:
        raise Unavailable(neighbour, "no connection in time") from exc
    except requests.exceptions.ContentDecodingError as exc:
        raise BrokenContract(neighbour, "a body that cannot be decoded") from exc
    except requests.RequestException as exc:
        if _is_timeout(exc):
            raise TimedOut(neighbour, f"no answer in {seconds:.1f} s") from exc
        raise Unavailable(neighbour, type(exc).__name__) from exc
    return response


def _is_timeout(exc: requests.RequestException) -> bool:
    """`requests` calls it a lost connection when the time runs out in the middle of a body."""
    return isinstance(exc, requests.Timeout) or any(isinstance(inner, ReadTimeoutError) for inner in exc.args)


def _seconds_left(guarded: Guard) -> float:
    """What this call may take: what its neighbour is given, or what is left of the request that makes it."""
    left = context.current().seconds_left()
    if left is None:
        return guarded.protection.timeout
    if left <= RESERVE_SECONDS:
        raise TimedOut(guarded.neighbour, "the time for this request was spent before the call")
    return min(left - RESERVE_SECONDS, guarded.protection.timeout)


def _prepare(method: str, url: str, body: Any, headers: dict[str, str]) -> requests.PreparedRequest:
    """A request made by hand: `requests.Session` would look for proxies, netrc and cookies, at many times the cost."""
    request = requests.PreparedRequest()
    content = None if body is None else json.dumps(body, allow_nan=False).encode()
    request.method, request.url, request.body, request.hooks = method, requote_uri(url), content, {"response": []}
    request.headers = CaseInsensitiveDict({"Accept": "application/json", **headers})
    if content is not None:
        request.headers["Content-Length"] = str(len(content))
    return request


def _retry_after(response: requests.Response) -> float:
    """Seconds (RFC 9110, section 10.2.3); a date, which none of ours answers, counts as nothing said."""
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() and len(said) < 7 else 0.0


def _read(neighbour: str, response: requests.Response) -> Answer:
    if response.status_code in {502, 503, 504}:
        raise Unavailable(neighbour, f"it answered {response.status_code}", retry_after=_retry_after(response))
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
