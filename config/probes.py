"""What a worker of its own answers: `/livez` and `/metrics`, on WORK_PORT, to whoever looks after it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.db import close_old_connections

from chassis.readings import CONTENT_TYPE, exposition
from chassis.workers import Worker


def answer_probes(worker: Worker) -> ThreadingHTTPServer | None:
    """Answer in a thread, where a port is given. Raises OSError if somebody else has it."""
    if not settings.WORK_PORT:
        return None
    server = _Server((settings.WORK_BIND, settings.WORK_PORT), _Handler)
    server.worker = worker
    threading.Thread(target=server.serve_forever, name="probes", daemon=True).start()
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    worker: Worker


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/livez":
            is_well = self.server.worker.is_well
            self._answer(200 if is_well else 503, b"live" if is_well else b"it came to no end of a job for long")
        elif self.path == "/metrics" and settings.METRICS:
            self._answer(200, exposition())
            close_old_connections()
        else:
            self._answer(404, b"there is nothing here")

    def log_message(self, *_: Any) -> None:
        """Probes are no news."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
