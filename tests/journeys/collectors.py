"""Whoever collects spans: a stand-in that takes OTLP over HTTP, as OpenTelemetry's collector does."""

import gzip
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KINDS = {2: "server", 3: "client", 4: "producer", 5: "consumer"}


@dataclass(frozen=True)
class Collected:
    """A span as it was sent; `by` is the service.name of the process."""

    by: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    name: str
    attributes: dict = field(hash=False, compare=False)

    def __str__(self):
        return f"{self.by} {self.kind} {self.name}"


class Collector:
    """What has come so far."""

    def __init__(self, url):
        self.url = url
        self.spans = []

    def receive(self, body):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            by = values(resource.resource.attributes)["service.name"]
            self.spans += [collected(by, span) for scope in resource.scope_spans for span in scope.spans]

    def trace(self, trace_id):
        return [span for span in self.spans if span.trace_id == trace_id]

    def tree(self, trace_id, root):
        """A trace as nested lists, below a span: `[["orders server POST /v2/orders", …], …]`, by what they say."""
        children = [span for span in self.trace(trace_id) if span.parent_id == root]
        return sorted(([str(span), *self.tree(trace_id, span.span_id)] for span in children), key=str)


def collected(by, span):
    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
    return Collected(by, *ids, KINDS.get(span.kind, "internal"), span.name, values(span.attributes))


def values(attributes):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@contextmanager
def collecting():
    """A collector on a free port of 127.0.0.1, until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.receive(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield collector
        server.shutdown()
