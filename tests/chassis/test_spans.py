"""What spans tell, in the words of OpenTelemetry."""

import pytest

from chassis import spans
from chassis.observations import SeenCall, SeenRequest


class Noted:
    """A span that keeps what it is told."""

    is_recorded = True

    def end(self, name, attributes, *, error=""):
        self.name, self.attributes, self.error = name, dict(attributes), error


def ended(outcome, tries=1):
    span = Noted()
    spans.end_call(span, SeenCall("orders", "payments", "GET", "/v1/payments/{id}", "in_process", tries, outcome))
    return span


@pytest.mark.parametrize(("outcome", "error"), [("200", ""), ("404", "404"), ("timed_out", "timed_out")])
def test_a_call_that_was_refused_or_failed_is_an_error(outcome, error):
    span = ended(outcome)

    assert (span.name, span.error) == ("GET /v1/payments/{id}", error)
    assert span.attributes.get("http.response.status_code") == (int(outcome) if outcome.isdigit() else None)


def test_a_call_that_was_tried_again_says_how_often():
    assert ended("200", tries=3).attributes["http.request.resend_count"] == 2
    assert "http.request.resend_count" not in ended("200").attributes


@pytest.mark.parametrize(("status", "error"), [(200, ""), (404, ""), (503, "503")])
def test_a_request_is_an_error_where_we_failed(rf, status, error):
    span = Noted()

    spans.end_request(
        span, SeenRequest("GET", "orders", "/v1/orders/{id}", status), rf.get("/v1/orders/ord_1?key=hush")
    )

    assert (span.name, span.error) == ("GET /v1/orders/{id}", error)
    assert span.attributes["url.path"] == "/v1/orders/ord_1"
    assert "hush" not in str(span.attributes)
