"""Spans: what happened, when, and as a part of what.

Everybody has ids, so that logs of one journey are found together. Spans are recorded, and sent by OTLP, where
`OTEL_EXPORTER_OTLP_ENDPOINT` says to whom; OpenTelemetry is loaded only there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from chassis import context
from chassis.traceparents import Trace, new_trace

Kind = Literal["server", "client", "producer", "consumer"]
Attributes = Mapping[str, str | int | bool]


class Span:
    """Something that happens. Whoever began it ends it, with what is known by then."""

    __slots__ = ("recorded", "trace")

    def __init__(self, trace: Trace, recorded: Any = None) -> None:
        self.trace, self.recorded = trace, recorded

    @property
    def is_recorded(self) -> bool:
        """Whether anybody will read the attributes."""
        return self.recorded is not None and bool(self.recorded.is_recording())

    def end(self, name: str, attributes: Attributes, *, error: str = "") -> None:
        """An `error` says in a word what went wrong."""
        if not self.is_recorded:
            return
        self.recorded.update_name(name)
        self.recorded.set_attributes({**attributes, "error.type": error} if error else attributes)
        if error:
            from opentelemetry.trace import Status, StatusCode

            self.recorded.set_status(Status(StatusCode.ERROR))
        self.recorded.end()


_recorder: Any = None


def begin(kind: Kind, parent: Trace | None, *, recorded: bool = True) -> Span:
    """A span of the parent's trace, or of a new one."""
    if _recorder is None or not recorded:
        return Span(parent.child() if parent else new_trace())
    span: Span = _recorder.begin(kind, parent)
    return span


@contextmanager
def working(kind: Kind, name: str, **attributes: str) -> Iterator[None]:
    """A span for the block, and for the calls in it: for work that no request waits for."""
    span, error = begin(kind, context.current().trace), ""
    try:
        with context.entered(context.within(span.trace)):
            yield
    except Exception as exc:
        error = type(exc).__name__
        raise
    finally:
        span.end(name, {f"tearline.{word}": value for word, value in attributes.items()}, error=error)


def record(service_name: str) -> None:
    """Record the spans of this process from now on. What else is to be said, OpenTelemetry's own variables say."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service_name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    record_with(provider)


def record_with(provider: Any) -> None:
    """Record with this TracerProvider; with None no longer."""
    global _recorder  # noqa: PLW0603  one for the process, like the provider
    _recorder = _Recorder(provider.get_tracer("tearline")) if provider else None


class _Recorder:
    """Begins spans with OpenTelemetry, without its ambient context: only ours says what is part of what."""

    def __init__(self, tracer: Any) -> None:
        from opentelemetry import trace
        from opentelemetry.context import Context

        self._tracer, self._api, self._nothing = tracer, trace, Context()
        self._kinds = {"server": trace.SpanKind.SERVER, "client": trace.SpanKind.CLIENT}
        self._kinds |= {"producer": trace.SpanKind.PRODUCER, "consumer": trace.SpanKind.CONSUMER}

    def begin(self, kind: Kind, parent: Trace | None) -> Span:
        around = self._around(parent) if parent else self._nothing
        recorded = self._tracer.start_span("", context=around, kind=self._kinds[kind])
        its = recorded.get_span_context()
        state = parent.state if parent else ""
        return Span(Trace(f"{its.trace_id:032x}", f"{its.span_id:016x}", f"{its.trace_flags:02x}", state), recorded)

    def _around(self, parent: Trace) -> Any:
        flags, state = self._api.TraceFlags(int(parent.flags, 16)), None
        if parent.state:
            state = self._api.TraceState.from_header([parent.state])
        ids = int(parent.trace_id, 16), int(parent.span_id, 16)
        told = self._api.SpanContext(*ids, is_remote=True, trace_flags=flags, trace_state=state)
        return self._api.set_span_in_context(self._api.NonRecordingSpan(told), self._nothing)
