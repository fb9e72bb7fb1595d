"""Somebody who takes spans and forgets them: `python -m benchmarks.collectors 4318`."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
COMMAND = ["-m", "benchmarks.collectors"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """What it forgets it does not tell either."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Handler).serve_forever()
