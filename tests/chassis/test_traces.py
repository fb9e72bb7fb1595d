"""Spans, with and without somebody who records them."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import context, traces
from chassis.context import Context, current, entered
from chassis.traceparents import Trace, new_trace


@pytest.fixture
def recorded():
    """The spans that were recorded so far."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.record_with(provider)
    yield exporter.get_finished_spans
    traces.record_with(None)


def test_a_span_has_ids_also_where_nobody_records():
    parent = new_trace()

    span = traces.begin("client", parent)

    assert span.trace.trace_id == parent.trace_id
    assert span.trace.span_id != parent.span_id
    assert not span.is_recorded


def test_a_span_without_a_parent_begins_a_trace(recorded):
    traces.begin("server", None).end("GET /v1/orders", {"http.route": "/v1/orders"})

    (span,) = recorded()
    assert span.parent is None
    assert (span.name, span.attributes["http.route"]) == ("GET /v1/orders", "/v1/orders")


def test_a_recorded_span_is_part_of_what_headers_told(recorded):
    told = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "01", "vendor=1")

    span = traces.begin("server", told)
    span.end("GET /", {}, error="503")

    (seen,) = recorded()
    assert (span.trace.trace_id, span.trace.state) == (told.trace_id, told.state)
    assert f"{seen.parent.span_id:016x}" == told.span_id
    assert (seen.attributes["error.type"], seen.status.is_ok) == ("503", False)


def test_a_trace_that_its_caller_does_not_record_is_not_recorded(recorded):
    span = traces.begin("server", Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "00"))
    span.end("GET /", {})

    assert recorded() == ()
    assert span.trace.flags == "00"


def test_what_is_done_within_work_is_part_of_its_span(recorded):
    with entered(Context(request_id="of-the-request", trace=new_trace())):
        with traces.working("consumer", "react order.placed", service="payments"):
            within = current().trace

        (seen,) = recorded()
        assert f"{seen.context.span_id:016x}" == within.span_id
        assert seen.attributes["tearline.service"] == "payments"
        assert context.current().trace != within


def test_work_that_fails_says_by_what(recorded):
    with pytest.raises(ZeroDivisionError), entered(Context()), traces.working("consumer", "react"):
        raise ZeroDivisionError

    assert recorded()[0].attributes["error.type"] == "ZeroDivisionError"
