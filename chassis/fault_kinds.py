"""What each kind of fault does to one try of a call, over either transport; whoever calls sees what `requests` does."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from chassis.fault_plans import Fault, Kind

REWRITTEN = {"content-length", "content-encoding", "transfer-encoding"}
_responses = HTTPAdapter()


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a call, which has `seconds`; `before` is what was answered to the same question, if that is kept."""

    send: Callable[[], requests.Response]
    seconds: float
    before: requests.Response | None = None

    def deliver(self) -> requests.Response:
        """Send it and read the answer whole, so that the connection can be used again."""
        response = self.send()
        response.content  # noqa: B018  reads the body
        return response


def delay(fault: Fault, one: Try) -> requests.Response:
    """It arrives later; not at all, if that is later than there is time."""
    started, wait = time.monotonic(), fault.seconds or 0.0
    time.sleep(min(wait, one.seconds))
    if wait >= one.seconds:
        raise requests.ReadTimeout("delayed for longer than there was time, as planned")
    response = one.deliver()
    if time.monotonic() - started > one.seconds:
        raise requests.ReadTimeout("delayed, and answered too late, as planned")
    return response


def error_before(_: Fault, __: Try) -> NoReturn:
    """The connection is lost, and nothing was delivered."""
    raise requests.ConnectionError("not delivered, as planned")


def error_after(_: Fault, one: Try) -> NoReturn:
    """It is delivered and done; the connection is lost before the answer."""
    one.deliver()
    raise requests.ConnectionError("answer lost, as planned")


def timeout_after(_: Fault, one: Try) -> NoReturn:
    """It is delivered and done, and no answer comes in time. Nobody waits for that time to pass."""
    one.deliver()
    raise requests.ReadTimeout("no answer in time, as planned")


def duplicate(_: Fault, one: Try) -> requests.Response:
    """It is delivered twice; the second answer counts."""
    one.deliver()
    return one.deliver()


def cut_body(_: Fault, one: Try) -> requests.Response:
    """The connection is lost in the middle of the answer's body; before the answer, if it has no body."""
    response = one.deliver()
    if not response.content:
        raise requests.ConnectionError("answer cut, as planned")
    return _answered(response, response.content[: len(response.content) // 2])


def stale_answer(_: Fault, one: Try) -> requests.Response:
    """What was answered before is answered again, and nothing is delivered."""
    return _answered(one.before, one.before.content) if one.before is not None else one.send()


def _answered(response: requests.Response, content: bytes) -> requests.Response:
    """The same answer with this content, to be read anew; where it is shorter than was announced, reading fails."""
    kept = {name: value for name, value in response.headers.items() if name.lower() not in REWRITTEN}
    headers = HTTPHeaderDict({**kept, "Content-Length": str(len(response.content))})
    raw = HTTPResponse(
        io.BytesIO(content), headers, response.status_code, reason=response.reason, preload_content=False
    )
    return _responses.build_response(response.request, raw)


KINDS: dict[Kind, Callable[[Fault, Try], requests.Response]] = {
    "delay": delay,
    "error_before": error_before,
    "error_after": error_after,
    "timeout_after": timeout_after,
    "duplicate": duplicate,
    "cut_body": cut_body,
    "stale_answer": stale_answer,
}
