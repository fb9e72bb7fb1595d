"""What belongs to one request: its id, its deadline, how far it has come."""

import threading
import time
from contextlib import suppress

import pytest
from django.test import RequestFactory

from chassis import context
from chassis.context import (
    DEADLINE,
    HOPS,
    REQUEST_ID,
    Context,
    Headers,
    current,
    entered,
    for_work,
    of_request,
    outgoing_headers,
    read_context,
)
from chassis.traceparents import Trace


def test_outside_any_request_there_is_no_context():
    assert current() == Context(request_id="", deadline=None, hops=0)
    assert current().seconds_left() is None


def test_a_request_brings_its_id_its_time_and_its_hops():
    brought = read_context({REQUEST_ID: "from-the-browser", DEADLINE: "1500", HOPS: "2"})

    assert (brought.request_id, brought.hops) == ("from-the-browser", 2)
    assert 1.4 < brought.seconds_left() <= 1.5


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "with blanks in it", "line\nbreak", "<script>alert", "ümläute-"]
)
def test_an_id_that_could_do_harm_in_a_log_is_replaced(given):
    replaced = read_context({REQUEST_ID: given}).request_id

    assert replaced != given
    assert len(replaced) == 32


def test_each_request_without_an_id_gets_one_of_its_own():
    assert read_context({}).request_id != read_context({}).request_id


@pytest.mark.parametrize("given", ["", "soon", "-1", "1.5", "1e3", "9" * 400, "9" * 5000, "٣"])
def test_a_time_that_is_no_time_is_no_deadline(given):
    assert read_context({DEADLINE: given}).deadline is None
    assert read_context({HOPS: given}).hops == 0


def test_a_header_is_found_as_django_finds_it():
    request = RequestFactory().get("/", headers={"X-Request-ID": "from-the-browser", "If-Match": '"1"'})

    for name in ("X-Request-ID", "x-request-id", "If-Match"):
        assert Headers(request).get(name) == request.headers[name]
    assert Headers(request).get("If-None-Match") == ""


def test_a_context_holds_for_its_block_and_the_one_before_returns():
    outer, inner = Context(request_id="outer"), Context(request_id="inner")

    with entered(outer):
        with suppress(ZeroDivisionError), entered(inner):
            assert current() is inner
            raise ZeroDivisionError
        assert current() is outer

    assert current() == Context()


def test_another_thread_is_another_request():
    seen = []

    with entered(Context(request_id="mine")):
        thread = threading.Thread(target=lambda: seen.append(current().request_id))
        thread.start()
        thread.join()

    assert seen == [""]


def test_a_call_hands_on_the_id_and_one_hop_more():
    with entered(Context(request_id="from-the-browser", hops=2)):
        assert outgoing_headers() == {REQUEST_ID: "from-the-browser", HOPS: "3"}


def test_time_that_is_spent_is_handed_on_as_none_at_all():
    assert context.milliseconds(-1) == "0"
    assert context.milliseconds(0.0004) == "0"


def test_work_that_goes_on_later_keeps_the_id_and_not_the_deadline():
    with entered(Context(request_id="of-the-request", deadline=time.monotonic(), hops=7)):
        assert for_work("of-the-request") == Context(request_id="of-the-request")

    assert len(for_work("").request_id) == 32


def test_a_call_hands_on_the_trace_that_the_request_is_part_of():
    trace = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "01", "vendor=1")

    with entered(Context(request_id="of-the-request", trace=trace)):
        handed_on = outgoing_headers()

    assert read_context(handed_on).trace == trace


def test_work_that_goes_on_later_is_part_of_the_trace_that_began_it():
    trace = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")

    assert for_work("of-the-request", service="orders", traceparent=trace.traceparent) == Context(
        request_id="of-the-request", service="orders", trace=trace
    )
    assert for_work("of-the-request", traceparent="no trace").trace is None


def test_a_view_goes_on_in_the_context_that_its_request_was_received_in():
    request = RequestFactory().get("/", headers={REQUEST_ID: "brought-along"})

    with entered(Context(request_id="received")), of_request(request) as seen:
        context.identify("usr_1")
        context.at_work("orders")
    assert seen.request_id == "received"

    with of_request(request) as brought:
        assert current() is brought

    assert (brought.request_id, current()) == ("brought-along", Context())
