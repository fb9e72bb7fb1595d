"""Orders and payments, as users meets them at the transport: they keep one thing of everybody."""

import io
import json
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse


class StandInKeeper(BaseAdapter):
    """Says what the test says: `parts`, page by page, and `outcomes`, one after the other. `is_down` refuses all."""

    def __init__(self):
        super().__init__()
        self.parts, self.outcomes, self.asked = [[{"id": "one"}]], [], []
        self.is_down, self.outlook = False, outcome("possible")

    def send(self, request, *args, **options):
        if self.is_down:
            raise requests.ConnectionError("connection refused")
        url, body = urlsplit(request.url), json.loads(request.body or b"null")
        self.asked.append((request.method, url.path, body))
        if request.method == "POST":
            return _response(request, self.outcomes.pop(0) if self.outcomes else outcome("completed"))
        if url.path.endswith("/erasure"):
            return _response(request, self.outlook)
        number = int(parse_qs(url.query).get("after", ["0"])[0])
        following = str(number + 1) if number + 1 < len(self.parts) else None
        return _response(request, {"data": self.parts[number], "next": following})

    def close(self):
        """Nothing is held open."""

    @property
    def keys(self):
        """The names of the commands that came, in order."""
        return [body["key"] for method, _, body in self.asked if method == "POST"]


def outcome(status, reason="", retained_until=None, seconds=0):
    return {"status": status, "reason": reason, "retained_until": retained_until, "seconds": seconds}


def _response(request, answer):
    content = json.dumps(answer).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    raw = HTTPResponse(body=io.BytesIO(content), headers=headers, status=200, preload_content=False)
    return HTTPAdapter().build_response(request, raw)
