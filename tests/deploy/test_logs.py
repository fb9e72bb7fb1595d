"""`make logs`: every line of a request, from all the files of a split."""

import json
import subprocess

import pytest

from deploy.logs import follow, found, main
from deploy.processes import BASE, PYTHON

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def line(time, request_id, **told):
    return json.dumps({"time": f"2026-11-28T10:00:0{time}.000000Z", "event": "told", "request_id": request_id, **told})


def gateway(ts, request_id):
    asked = {"method": "GET", "uri": "/v2/orders"}
    return json.dumps({"ts": ts, "request": asked, "status": 200, "duration": 0.01, "request_id": request_id})


@pytest.fixture
def folder(tmp_path):
    """The logs of a split in which one trace had two requests, and somebody else had another."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "gateway").mkdir()
    (tmp_path / "logs" / "orders.log").write_text(
        "\n".join(["not ours", '{"json": "but not ours"}', line(3, "one", trace_id=TRACE), line(1, "another"), ""])
    )
    (tmp_path / "logs" / "payments.log").write_text(
        "\n".join([line(2, "one", trace_id=TRACE), line(4, "two", trace_id=TRACE), ""])
    )
    (tmp_path / "gateway" / "access.log").write_text(
        f"{gateway(1795860005, 'two')}\n{gateway(1795860006, 'another')}\n"
    )
    return tmp_path


def test_the_lines_of_a_request_come_from_everywhere_in_the_order_of_time(folder):
    assert [(one.source, one.time.second) for one in found(folder, {"one"})] == [("payments", 2), ("orders", 3)]


def test_the_lines_of_a_trace_are_those_of_its_requests_the_gateway_s_too(folder):
    assert [one.source for one in found(folder, {TRACE})] == ["payments", "orders", "payments", "access"]


def test_they_are_written_for_people(folder, capsys):
    main(["two", "--folder", str(folder)])

    told, answered = capsys.readouterr().out.splitlines()
    assert told.startswith("10:00:04.000000 payments")
    assert "gateway" in answered
    assert "request answered method=GET path=/v2/orders status=200 milliseconds=10.0" in answered


def test_lines_are_told_as_they_are_written_and_never_in_halves(folder):
    file, told = folder / "logs" / "orders.log", follow(folder, {TRACE})
    half = line(6, "three", trace_id=TRACE, last=True)

    _append(file, f"{line(5, 'three', trace_id=TRACE)}\n{half[:30]}")
    first = next(told)
    _append(file, f"{half[30:]}\n")
    second = next(told)

    assert [one.time.second for one in (first, second)] == [5, 6]


def _append(file, text):
    with file.open("a") as stream:
        stream.write(text)


def test_without_a_split_there_is_nothing_to_read(tmp_path):
    command = [PYTHON, "-m", "deploy.logs", "one", "--folder", str(tmp_path)]

    said = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=True)

    assert said.stdout == ""
