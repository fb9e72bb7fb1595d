"""What the gateway answers by itself: problems, as the services write them."""

import json
from dataclasses import dataclass

from config.bounds import MAX_BODY_BYTES


@dataclass(frozen=True)
class Refusal:
    """`sign` matches the status and the message with which Caddy ends a request, as in `502:dial tcp: refused`."""

    sign: str
    status: int
    code: str
    title: str
    detail: str


BUSY = "A service that this one needs does not answer"
UNCERTAIN = "What was asked may have been done: ask again with the same Idempotency-Key, or look first"

# The first that matches; the last two are for whatever is left.
REFUSALS = (
    Refusal("~^(400|414|417|431):", 400, "invalid_request", "The request is not valid", "It could not be read"),
    Refusal("~^404:", 404, "not_found", "There is nothing here", "There is nothing here"),
    Refusal("~^405:", 405, "method_not_allowed", "This method is not allowed here", "This is no proxy"),
    Refusal("~^408:", 400, "invalid_request", "The request is not valid", "The body did not arrive whole and in time"),
    Refusal("~^413:", 413, "payload_too_large", "The body is too large", f"A body has at most {MAX_BODY_BYTES} bytes"),
    Refusal("~^504:", 504, "deadline_exceeded", "There was not enough time left", UNCERTAIN),
    Refusal("~^(502:(making.)?dial|503:)", 503, "dependency_unavailable", BUSY, "It is down, or just starting"),
    Refusal("~^502:", 503, "dependency_unavailable", BUSY, UNCERTAIN),
    Refusal(
        "default", 500, "internal_error", "Something broke on our side", "Tell us the request id and we will find it"
    ),
)


def problem(public_url: str) -> str:
    """The body of every refusal. What stands in braces is filled in by Caddy."""
    members = {name: f"{{{name}}}" for name in ("title", "code", "detail", "instance", "request_id")}
    text = json.dumps({"type": f"{public_url}/problems/{{page}}", **members})
    return text.removesuffix("}") + ', "status": {status}}'
