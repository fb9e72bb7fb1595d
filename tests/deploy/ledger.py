"""A service of one idea: `POST` notes a line in a file and answers 201; whatever else says what arrived.

`gunicorn -c config/gunicorn.py tests.deploy.ledger:application`, with LEDGER naming the file.
"""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    is_note = environ["REQUEST_METHOD"] == "POST"
    if is_note:
        note(body.decode())
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    answer = json.dumps(told).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
    start_response(
        "201 Created" if is_note else "200 OK", [*headers, ("X-Request-ID", environ.get("HTTP_X_REQUEST_ID", "none"))]
    )
    return [answer]


def request_id(environ: dict[str, Any]) -> tuple[str, str]:
    return "X-Request-ID", environ.get("HTTP_X_REQUEST_ID", "none")


def note(line: str) -> None:
    """Written whole and at once, so that a note that was answered for is there."""
    file = os.open(os.environ["LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)
