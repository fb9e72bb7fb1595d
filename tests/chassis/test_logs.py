"""Log lines, as programs and as people read them."""

import json
import logging

import pytest

from chassis import logs
from chassis.context import Context, entered
from chassis.observations import SeenCall, SeenRequest
from chassis.traceparents import new_trace


def record(message="what happened", **extra):
    made = logging.makeLogRecord({"name": "tearline", "levelno": logging.INFO, "levelname": "INFO", "msg": message})
    vars(made).update(extra)
    return made


def as_json(made):
    return json.loads(logs.formatter("json").format(made))


def test_a_line_says_of_which_request_it_is():
    trace = new_trace()

    with entered(Context(request_id="of-the-request", actor="usr_1", service="orders", trace=trace)):
        line = as_json(record())

    assert (line["level"], line["logger"], line["event"]) == ("info", "tearline", "what happened")
    assert (line["request_id"], line["caller"], line["service"]) == ("of-the-request", "usr_1", "orders")
    assert (line["trace_id"], line["span_id"]) == (trace.trace_id, trace.span_id)
    assert line["time"].endswith("+00:00")


def test_a_line_of_no_request_says_whose_process_it_is():
    line = as_json(record())

    assert (line["request_id"], line["trace_id"], line["caller"]) == ("", "", "")
    assert line["service"]
    assert line["process"]


def test_what_libraries_add_is_not_told():
    line = as_json(record(request="<WSGIRequest: GET '/?token=hush'>", status=404))

    assert line["status"] == 404
    assert "hush" not in str(line)


def test_a_traceback_tells_no_values():
    secret = "hu" + "sh"
    with pytest.raises(ZeroDivisionError) as crash:
        len(secret) / 0
    made = record(exc_info=(crash.type, crash.value, crash.tb))

    for form in ("json", "text"):
        said = logs.formatter(form).format(made)
        assert "ZeroDivisionError: division by zero" in said
        assert "hush" not in said


def test_text_for_people_leaves_out_what_is_not_said():
    said = logs.formatter("text").format(record(status=200))

    assert "what happened" in said
    assert "status=200" in said
    assert "request_id" not in said


@pytest.mark.parametrize(
    ("status", "is_news", "level"), [(200, True, "INFO"), (500, True, "INFO"), (200, False, ""), (503, False, "INFO")]
)
def test_a_probe_is_no_news_until_it_fails(caplog, status, is_news, level):
    caplog.set_level(logging.INFO, "tearline.requests")

    logs.request_ended(SeenRequest("GET", "", "/livez", status), "/livez", is_news=is_news)

    assert [line.levelname for line in caplog.records] == ([level] if level else [])


@pytest.mark.parametrize(
    ("outcome", "level"), [("200", "INFO"), ("404", "INFO"), ("timed_out", "WARNING"), ("no_room", "WARNING")]
)
def test_a_call_that_failed_is_a_warning(caplog, outcome, level):
    caplog.set_level(logging.INFO, "tearline.calls")

    logs.call_ended(SeenCall("orders", "users", "GET", "/v1/users/{id}", "http", 1, outcome), "/v1/users/usr_1?q=hush")

    (line,) = caplog.records
    assert (line.levelname, line.path) == (level, "/v1/users/usr_1")


def test_a_path_cannot_break_a_line(caplog):
    caplog.set_level(logging.INFO, "tearline.requests")

    logs.request_ended(SeenRequest("GET"), "/a\nb" + "x" * 5000)

    (line,) = caplog.records
    assert "\n" not in line.path
    assert len(line.path) < 400


def test_both_ways_of_writing_a_line_write_the_same():
    told = {"method": "GET", "path": "/v1/orders", "status": 200, "milliseconds": 1.5}
    line = logs._Line("tearline.requests", logging.INFO, "request answered", told)

    quick, usual = logs.formatter("json").format(line), record("request answered", **told, name="tearline.requests")
    usual.created = line.created

    assert json.loads(quick) == as_json(usual)
    assert list(json.loads(quick)) == list(as_json(usual))


def test_a_logger_is_silent_while_somebody_else_tells_the_same(caplog):
    chatty = logging.getLogger("tearline.calls")

    with logs.silenced("tearline.calls"):
        chatty.warning("nobody hears this")
    chatty.warning("this is heard")

    assert [line.message for line in caplog.records] == ["this is heard"]
